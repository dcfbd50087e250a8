/**
 * Line charts: drawn, with what the pointer or the keyboard is at, and drawn anew when the color scheme changes. A
 * classic script, sent as text after uPlot's and the functions of ../format.ts.
 */
type Unit = import('../report.js').Unit;
type LineChart = import('../report.js').LineChart;
type Plot = import('uplot');
declare function formatValue(value: number, unit: Unit): string;
declare function colorClass(index: number): string;

(() => {
  const charts = JSON.parse(document.getElementById('charts')!.textContent) as LineChart[];
  const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const seriesColor = (index: number) => color(`color-${index % 8}`);

  /** Columns of uPlot's data: x, then for each series its line and the two edges of its band. */
  function columnsOf({ series }: LineChart): (number | null)[][] {
    const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
    const columns: (number | null)[][] = [xs];
    for (const { points } of series) {
      const byX = new Map(points.map((point) => [point.x, point]));
      columns.push(
        xs.map((x) => byX.get(x)?.y ?? null),
        xs.map((x) => byX.get(x)?.low ?? byX.get(x)?.y ?? null),
        xs.map((x) => byX.get(x)?.high ?? byX.get(x)?.y ?? null),
      );
    }
    return columns;
  }

  /** CSS pixels that a page of paper has room for. */
  const PAPER = 600;
  const size = (element: HTMLElement) => {
    const isPrinted = document.documentElement.classList.contains('printed');
    const width = isPrinted ? PAPER : Math.max(240, element.clientWidth);
    return { width, height: Math.round(Math.min(420, Math.max(260, width * 0.5))) };
  };

  /** Of a logarithmic scale. Sizes are read in powers of two. */
  const baseOf = (unit: LineChart['x']['unit']): 2 | 10 => (unit === 'bytes' ? 2 : 10);
  const logOf = (value: number, base: number) => (base === 2 ? Math.log2(value) : Math.log10(value));

  /** A power of ten; of sizes, 1 KiB, 16 KiB, 256 KiB, … */
  function isRound(value: number, base: number): boolean {
    const steps = base === 2 ? (logOf(value, base) - 10) / 4 : logOf(value, base);
    return Math.abs(steps - Math.round(steps)) < 1e-6;
  }

  /** As many of the labels side by side as have room, at equal distances. */
  function thinned(texts: readonly string[], width: number): string[] {
    const shown = texts.filter((text) => text !== '');
    const every = Math.ceil((shown.length * (7 * Math.max(...shown.map(({ length }) => length)) + 8)) / width);
    let at = 0;
    return texts.map((text) => (text !== '' && at++ % every === 0 ? text : ''));
  }

  function draw(element: HTMLElement, chart: LineChart): Plot {
    const columns = columnsOf(chart);
    const text = color('text');
    const grid = { stroke: color('line'), width: 1 };
    const font = '12px system-ui, sans-serif';
    const labelFont = '600 12px system-ui, sans-serif';
    /** On a logarithmic scale, lines at round values only: the others are many and say little. */
    const roundOnes = (unit: LineChart['x']['unit']) => (_: Plot, splits: number[]) =>
      splits.map((value) => (isRound(value, baseOf(unit)) ? value : null));
    const axis = ({ label, unit, scale: kind }: LineChart['x'], tall: boolean) => ({
      label,
      labelFont,
      font,
      stroke: text,
      grid: kind === 'log' ? { ...grid, filter: roundOnes(unit) } : grid,
      ticks: kind === 'log' ? { ...grid, filter: roundOnes(unit) } : grid,
      size: tall ? 64 : 40,
      // There is no thread and a half.
      ...(kind === 'linear' && unit === 'count' ? { incrs: [1, 2, 5, 10, 20, 50, 100] } : {}),
      values: (u: Plot, splits: number[]) => {
        const texts = splits.map((value) => (value == null ? '' : formatValue(value, unit)));
        return kind === 'log' && !tall ? thinned(texts, u.bbox.width / devicePixelRatio) : texts;
      },
    });
    /** No more than the data and the marks take: uPlot would go on to the next power. */
    type Range = (plot: Plot, low: number | null, high: number | null) => [number, number];
    const tight = (name: 'x' | 'y', base: 2 | 10): Range => (_, low, high) => {
      if (low === null || high === null) return [1, base]; // nothing is shown
      const marks = chart.marks.filter(({ axis, at }) => axis === name && at > 0).map(({ at }) => at);
      const [least, most] = [Math.min(low, ...marks), Math.max(high, ...marks)];
      // uPlot counts its lines from the lowest value, which has to be a round one.
      const unit = base ** Math.floor(logOf(least, base) + 1e-9);
      // Labels of marks stand above the data, each on a line of its own.
      const labels = name === 'y' ? chart.marks.filter(({ axis }) => axis === 'x').length : 0;
      return [Math.floor(least / unit + 1e-9) * unit, most * Math.max(1.05, (most / least) ** (0.03 + 0.07 * labels))];
    };
    const scale = ({ scale: kind, unit }: LineChart['x'], name: 'x' | 'y') => ({
      time: false,
      distr: kind === 'log' ? (3 as const) : (1 as const),
      ...(kind === 'log' ? { log: baseOf(unit), range: tight(name, baseOf(unit)) } : {}),
      ...(kind === 'linear' && unit === 'ratio'
        ? { range: (_: Plot, _min: number, max: number): [number, number] => [0, max * 1.1] }
        : {}),
    });
    const tip = document.createElement('div');
    tip.className = 'tip';
    tip.hidden = true;

    const plot = new uPlot(
      {
        ...size(element),
        // Half of the last label of x lies beyond the plot.
        padding: [null, Math.max(8, 3.5 * formatValue(columns[0].at(-1)!, chart.x.unit).length), null, null],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 9 } },
        scales: { x: scale(chart.x, 'x'), y: scale(chart.y, 'y') },
        axes: [axis(chart.x, false), axis(chart.y, true)],
        series: [
          {},
          ...chart.series.flatMap(({ name, ideal }, index) => [
            {
              label: name,
              stroke: seriesColor(index),
              width: 2,
              spanGaps: true,
              ...(ideal ? { dash: [6, 6], points: { show: false } } : { points: { show: true, size: 7 } }),
              ...(index < 8 ? {} : { dash: [2, 4] }),
            },
            { label: `${name}, lower quartile`, stroke: 'transparent', points: { show: false }, spanGaps: true },
            { label: `${name}, upper quartile`, stroke: 'transparent', points: { show: false }, spanGaps: true },
          ]),
        ],
        bands: chart.series.map((_, index) => ({
          series: [3 * index + 3, 3 * index + 2] as [number, number],
          fill: `color-mix(in srgb, ${seriesColor(index)} 18%, transparent)`,
        })),
        hooks: {
          draw: [(u: Plot) => drawMarks(u, chart.marks, { text, page: color('page') })],
          setCursor: [(u: Plot) => showTip(u, chart, columns, tip, element)],
        },
      },
      columns as unknown as import('uplot').AlignedData,
      element,
    );
    plot.over.append(tip);
    return plot;
  }

  /** What is at the cursor: a box beside the pointer, and the same in words for those who hear the page. */
  function showTip(u: Plot, chart: LineChart, columns: (number | null)[][], tip: HTMLElement, element: HTMLElement) {
    const index = u.cursor.idx;
    const { left = -1, top = -1 } = u.cursor;
    const readout = element.parentElement!.querySelector('.readout')!;
    if (index == null || left < 0) {
      tip.hidden = true;
      return;
    }
    const at = `${chart.x.label} ${formatValue(columns[0][index]!, chart.x.unit)}`;
    const values = chart.series.flatMap(({ name }, series) => {
      const value = columns[3 * series + 1][index];
      const shown = u.series[3 * series + 1].show ?? true;
      return value === null || !shown ? [] : [{ series, text: `${name} ${formatValue(value, chart.y.unit)}` }];
    });
    readout.textContent = [at, ...values.map(({ text }) => text)].join(' · ');
    tip.replaceChildren(
      at,
      ...values.map(({ series, text }) => {
        const line = document.createElement('div');
        const mark = document.createElement('span');
        mark.className = colorClass(series);
        mark.textContent = text;
        line.append(mark);
        return line;
      }),
    );
    tip.hidden = false;
    const rightOf = left + 12 + tip.offsetWidth <= u.over.clientWidth;
    tip.style.left = `${rightOf ? left + 12 : Math.max(0, left - 12 - tip.offsetWidth)}px`;
    tip.style.top = `${Math.min(Math.max(0, top - 12), Math.max(0, u.over.clientHeight - tip.offsetHeight))}px`;
  }

  function mount(element: HTMLElement): void {
    const chart = charts[Number(element.dataset.chart)];
    const xs = columnsOf(chart)[0] as number[];
    let plot = draw(element, chart);
    const legend = element.parentElement!.querySelector('.legend')!;
    const shown = chart.series.map(() => true);
    const show = (index: number) => {
      for (const part of [1, 2, 3]) plot.setSeries(3 * index + part, { show: shown[index] });
    };
    chart.series.forEach(({ name }, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = colorClass(index);
      button.textContent = name;
      button.setAttribute('aria-pressed', 'true');
      button.addEventListener('click', () => {
        shown[index] = !shown[index];
        button.setAttribute('aria-pressed', String(shown[index]));
        show(index);
      });
      legend.append(button);
    });

    let at = -1;
    element.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      at = Math.min(xs.length - 1, Math.max(0, at === -1 && step > 0 && step < Infinity ? 0 : at + step));
      plot.setCursor({ left: plot.valToPos(xs[at], 'x'), top: plot.over.clientHeight / 3 });
    });
    element.addEventListener('blur', () => plot.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(() => plot.setSize(size(element))).observe(element);
    const drawAnew = () => {
      plot.destroy();
      plot = draw(element, chart);
      shown.forEach((_, index) => show(index));
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAnew);
    for (const [event, isPrinted] of [['beforeprint', true], ['afterprint', false]] as const) {
      addEventListener(event, () => {
        document.documentElement.classList.toggle('printed', isPrinted);
        drawAnew();
      });
    }
  }

  for (const element of document.querySelectorAll<HTMLElement>('.plot')) mount(element);
})();
