/** Every chart's data as a table: for those who do not see the chart, and for those who want the figures. */
import { formatValue } from './format.js';
import type { BarChart, Chart, LineChart, Table, TimelineChart } from './report.js';

export function tableOf(chart: Chart): Table {
  switch (chart.kind) {
    case 'lines':
      return tableOfLines(chart);
    case 'timeline':
      return tableOfTimeline(chart);
    case 'bars':
      return tableOfBars(chart);
  }
}

const right = (name: string) => ({ name, align: 'right' as const });
const left = (name: string) => ({ name, align: 'left' as const });

/** A row for each x, a column for each series; quartiles in parentheses. */
function tableOfLines({ title, x, y, series }: LineChart): Table {
  const xs = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))].sort((a, b) => a - b);
  const rows = xs.map((at) => {
    const cells = series.map(({ points }) => {
      const point = points.find((candidate) => candidate.x === at);
      if (point === undefined) return '';
      const { y: value, low = value, high = value } = point;
      const spread = low === high ? '' : ` (${formatValue(low, y.unit)} … ${formatValue(high, y.unit)})`;
      return formatValue(value, y.unit) + spread;
    });
    return [formatValue(at, x.unit), ...cells];
  });
  return { title, columns: [right(x.label), ...series.map(({ name }) => right(name))], rows };
}

function tableOfTimeline({ title, lanes }: TimelineChart): Table {
  const rows = lanes.flatMap(({ name, spans }) =>
    spans.map(({ start, end, label }) => [
      name,
      label,
      formatValue(start, 'seconds'),
      formatValue(end - start, 'seconds'),
    ]),
  );
  return { title, columns: [left('thread'), left('what'), right('begins at'), right('takes')], rows };
}

function tableOfBars({ title, unit, bars }: BarChart): Table {
  const parts = [...new Set(bars.flatMap((bar) => bar.parts.map(({ name }) => name)))];
  const rows = bars.map((bar) => [
    bar.name,
    ...parts.map((name) => {
      const part = bar.parts.find((candidate) => candidate.name === name);
      return part === undefined ? '' : formatValue(part.value, unit);
    }),
  ]);
  return { title, columns: [left(''), ...parts.map(right)], rows };
}
