/*
 * pi as OpenMP does it, on the generator that workers/kernels/xoshiro128.ts uses (xoshiro128+, Blackman and Vigna,
 * 2018), as a peer of the suites. Prints a line, then answers every line on stdin, a number of seconds, with the calls
 * made in about that time and how long they took, as JSON.
 *
 *     cc -O3 -march=native -fopenmp pi.c -o pi && ./pi THREADS SAMPLES
 */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint32_t rotl(uint32_t x, int k) { return (x << k) | (x >> (32 - k)); }

static long inside(uint64_t seed, long samples) {
  uint32_t s[4];
  for (int i = 0; i < 4; i++) { /* splitmix64, a half of it a word */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    s[i] = (uint32_t)(z ^ (z >> 31));
  }
  long count = 0;
  for (long i = 0; i < samples; i++) {
    double xy[2];
    for (int k = 0; k < 2; k++) {
      uint32_t result = s[0] + s[3], t = s[1] << 9;
      s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 11);
      xy[k] = result * 0x1p-32;
    }
    count += xy[0] * xy[0] + xy[1] * xy[1] < 1.0;
  }
  return count;
}

static void call(int threads, long samples) {
  long count = 0, share = samples / threads;
#pragma omp parallel for num_threads(threads) reduction(+ : count)
  for (int i = 0; i < threads; i++) count += inside((uint64_t)i + 1, share);
  if (fabs(4.0 * count / (share * threads) - 3.14159265) > 0.01) {
    fprintf(stderr, "pi.c: the estimate is off\n");
    exit(1);
  }
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 1;
  long samples = argc > 2 ? atol(argv[2]) : 1000000;
  double enough;
  call(threads, samples);
  printf("{\"seconds\": 0, \"calls\": 0}\n");
  fflush(stdout);
  while (scanf("%lf", &enough) == 1) {
    long calls = 0;
    double start = omp_get_wtime(), elapsed;
    do {
      call(threads, samples);
      calls++;
      elapsed = omp_get_wtime() - start;
    } while (elapsed < enough);
    printf("{\"seconds\": %.9f, \"calls\": %ld}\n", elapsed, calls);
    fflush(stdout);
  }
  return 0;
}
