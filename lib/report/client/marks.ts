/** Lines across a chart, and their labels. Drawn by lines.ts, whose types these are: the scripts share one scope. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- lines.ts calls it
function drawMarks(u: Plot, marks: LineChart['marks'], { text, page }: { text: string; page: string }): void {
  const { ctx, bbox } = u;
  const pixels = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = text;
  ctx.fillStyle = text;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.font = `600 ${12 * pixels}px system-ui, sans-serif`;
  ctx.lineWidth = pixels;
  ctx.setLineDash([3 * pixels, 4 * pixels]);
  let drawn = 0;
  const labels: (() => void)[] = [];
  /** Lines behind the text stop short of it. */
  const write = (label: string, x: number, y: number) => {
    ctx.save();
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * pixels;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = page;
    ctx.strokeText(label, x, y);
    ctx.fillText(label, x, y);
    ctx.restore();
  };
  for (const { axis, at, label } of marks) {
    const position = u.valToPos(at, axis, true);
    const [first, length] = axis === 'x' ? [bbox.left, bbox.width] : [bbox.top, bbox.height];
    if (!(position >= first && position <= first + length)) continue;
    ctx.beginPath();
    const width = ctx.measureText(label).width;
    const gap = 5 * pixels;
    if (axis === 'x') {
      ctx.moveTo(position, bbox.top);
      ctx.lineTo(position, bbox.top + bbox.height);
      const right = position + gap + width > bbox.left + bbox.width;
      ctx.stroke();
      const [x, y] = [right ? position - gap - width : position + gap, bbox.top + (14 + 16 * drawn++) * pixels];
      labels.push(() => write(label, x, y));
    } else {
      ctx.moveTo(bbox.left, position);
      ctx.lineTo(bbox.left + bbox.width, position);
      // At the left: series rise, or fall, away from a level that they end at.
      ctx.stroke();
      labels.push(() => write(label, bbox.left + gap, position - gap));
    }
  }
  for (const label of labels) label(); // after all lines: none strikes through the label of another
  ctx.restore();
}
