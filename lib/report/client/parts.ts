/**
 * Timelines and bars, which are elements of the page: reads out their parts, by the pointer or the arrow keys. And
 * closes the tables of figures, now that there are charts to see.
 */
(() => {
  for (const details of document.querySelectorAll('details')) details.open = false;

  /** Reads out one part of a timeline or a bar, and marks it. */
  function point(part: HTMLElement): void {
    const figure = part.closest('figure')!;
    for (const other of figure.querySelectorAll('.at')) other.classList.remove('at');
    part.classList.add('at');
    figure.querySelector('.readout')!.textContent = part.dataset.tip!;
  }

  document.addEventListener('pointerover', ({ target }) => {
    const part = (target as Element).closest<HTMLElement>('[data-tip]');
    if (part) point(part);
  });
  for (const row of document.querySelectorAll<HTMLElement>('.track, .bar')) {
    row.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      const parts = [...row.querySelectorAll<HTMLElement>('[data-tip]')];
      if (step === undefined || parts.length === 0) return;
      event.preventDefault();
      const at = parts.findIndex((part) => part.classList.contains('at'));
      const next = at === -1 && step !== Infinity ? 0 : at + step;
      point(parts[Math.min(parts.length - 1, Math.max(0, next))]);
    });
  }
})();
