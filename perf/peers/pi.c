/*
 * pi by the kernel of workers/kernels/pi.ts, in C with OpenMP: the same streams of the same generator (xoshiro128++,
 * Blackman and Vigna, 2021), the same arithmetic, and so the same hits for a seed, which the suite checks. Prints a
 * line with the hits, then answers every line on stdin, a number of seconds, with the calls made in about that time and
 * how long they took, as JSON.
 *
 *     cc -O3 -march=native -ffp-contract=off -fopenmp pi.c -o pi && ./pi THREADS SAMPLES SEED
 */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { STREAMS = 4096, PIECE = 64 /* streams between two long jumps */ };

typedef uint32_t State[4];

static inline uint32_t rotl(uint32_t x, int k) { return (x << k) | (x >> (32 - k)); }

static inline uint32_t next(uint32_t *s) {
  uint32_t result = rotl(s[0] + s[3], 7) + s[0], t = s[1] << 9;
  s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 11);
  return result;
}

static void advance(State s, const uint32_t *polynomial) {
  State a = {0, 0, 0, 0};
  for (int word = 0; word < 4; word++)
    for (int bit = 0; bit < 32; bit++) {
      if (polynomial[word] >> bit & 1)
        for (int i = 0; i < 4; i++) a[i] ^= s[i];
      next(s);
    }
  for (int i = 0; i < 4; i++) s[i] = a[i];
}

static const State JUMP = {0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b};
static const State LONG_JUMP = {0xb523952e, 0x0b6f099f, 0xccf5a0ef, 0x1c580662};

/* The state of a piece's first stream; the others follow by a jump each. */
static void begin(State s, uint64_t seed, int piece) {
  for (int word = 0; word < 4; word += 2) { /* SplitMix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    s[word] = (uint32_t)z;
    s[word + 1] = (uint32_t)(z >> 32);
  }
  for (int i = 0; i < piece; i++) advance(s, LONG_JUMP);
}

/* One output is a point; where 16 bits a coordinate do not tell, a second output adds 16 to each. See pi.ts. */
static long throw_points(const State origin, long count) {
  State s = {origin[0], origin[1], origin[2], origin[3]};
  long inside = 0;
  for (long i = 0; i < count; i++) {
    uint32_t point = next(s);
    int32_t a = (int32_t)point >> 16, b = (int16_t)point;
    uint32_t excess = (uint32_t)(a * a) + (uint32_t)(b * b) - 0x40000000u;
    if (__builtin_expect(excess + 0x20000u < 0x40000u, 0)) {
      uint32_t finer = next(s);
      double x = a * 65536.0 + (finer >> 16) + 0.5, y = b * 65536.0 + (finer & 0xffff) + 0.5;
      excess = x * x + y * y < 0x1p62 ? 0xffffffffu : 0;
    }
    inside += excess >> 31;
  }
  return inside;
}

static long call(int threads, long samples, uint64_t seed) {
  long inside = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic) reduction(+ : inside)
  for (int piece = 0; piece < STREAMS / PIECE; piece++) {
    State origin;
    begin(origin, seed, piece);
    for (int stream = piece * PIECE; stream < (piece + 1) * PIECE; stream++) {
      inside += throw_points(origin, samples / STREAMS + (stream < samples % STREAMS));
      advance(origin, JUMP);
    }
  }
  return inside;
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 1;
  long samples = argc > 2 ? atol(argv[2]) : 1000000;
  uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
  double enough;
  printf("{\"seconds\": 0, \"calls\": 0, \"result\": %ld}\n", call(threads, samples, seed));
  fflush(stdout);
  while (scanf("%lf", &enough) == 1) {
    long calls = 0, sum = 0;
    double start = omp_get_wtime(), elapsed;
    do {
      sum += call(threads, samples, seed);
      calls++;
      elapsed = omp_get_wtime() - start;
    } while (elapsed < enough);
    printf("{\"seconds\": %.9f, \"calls\": %ld, \"result\": %ld}\n", elapsed, calls, sum / calls);
    fflush(stdout);
  }
  return 0;
}
