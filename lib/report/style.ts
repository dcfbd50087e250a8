/** Of the page. Eight colors that people with any color vision tell apart (Okabe and Ito, 2008), darker or lighter. */
export const style = `
:root {
  --text: #1c2024; --soft: #5c646c; --page: #ffffff; --panel: #f5f6f8; --line: #d9dde2; --accent: #0b62a8;
  --color-0: #0b62a8; --color-1: #c2500a; --color-2: #00805f; --color-3: #a23d86;
  --color-4: #8a6d00; --color-5: #2b8cc4; --color-6: #5c646c; --color-7: #7a4b2a;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not(.printed) {
    --text: #e7eaee; --soft: #a3abb4; --page: #14171a; --panel: #1d2226; --line: #363d44; --accent: #6cb8f0;
    --color-0: #6cb8f0; --color-1: #f0954f; --color-2: #3fc79b; --color-3: #e294c9;
    --color-4: #e6c84a; --color-5: #a8d8f5; --color-6: #a3abb4; --color-7: #c99a78;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 64rem; color: var(--text);
  background: var(--page); font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
h1 { margin: 0.5rem 0 0.25rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.3rem; line-height: 1.3; }
p { max-width: 44rem; margin: 0.5rem 0; }
.summary { font-size: 1.15rem; }
a { color: var(--accent); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0; padding: 0; list-style: none; }
pre { overflow-x: auto; margin: 1rem 0; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.4rem;
  background: var(--panel); }
code { font: 0.9rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
figure { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
figcaption { margin-bottom: 0.75rem; max-width: 44rem; }
figcaption strong { display: block; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0 0 0.5rem; padding: 0; list-style: none;
  font-size: 0.9rem; }
.legend button { font: inherit; color: inherit; background: none; border: 0; padding: 0.15rem 0; cursor: pointer; }
.legend button[aria-pressed='false'] { color: var(--soft); text-decoration: line-through; }
.legend li::before, .legend button::before { content: ''; display: inline-block; width: 0.8em; height: 0.8em;
  margin-right: 0.4em; border-radius: 2px; background: var(--fill, var(--c)); }
.color-0 { --c: var(--color-0); } .color-1 { --c: var(--color-1); } .color-2 { --c: var(--color-2); }
.color-3 { --c: var(--color-3); } .color-4 { --c: var(--color-4); } .color-5 { --c: var(--color-5); }
.color-6 { --c: var(--color-6); } .color-7 { --c: var(--color-7); }
/* After the last color they begin again, in stripes. */
.again { --fill: repeating-linear-gradient(45deg, var(--c) 0 3px, transparent 3px 6px); }
.plot { position: relative; width: 100%; min-height: 16rem; }
.uplot, .u-wrap { font: inherit; }
.tip { position: absolute; z-index: 10; pointer-events: none; padding: 0.35rem 0.6rem; font-size: 0.85rem;
  line-height: 1.4; white-space: nowrap; color: var(--text); background: var(--page); border: 1px solid var(--line);
  border-radius: 0.3rem; box-shadow: 0 2px 8px rgb(0 0 0 / 20%); }
.tip span::before { content: ''; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em;
  border-radius: 2px; background: var(--fill, var(--c)); }
.readout { min-height: 1.5em; margin: 0.4rem 0 0; font-size: 0.9rem; color: var(--soft); }
.tracks { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 0.75rem; align-items: center;
  font-size: 0.9rem; }
.track, .bar { position: relative; height: 1.7rem; background: var(--panel); border-radius: 2px; overflow: clip;
  overflow-clip-margin: 4px; }
.bar { display: flex; }
.bar span { height: 100%; background: var(--fill, var(--c)); }
.track .span { position: absolute; height: 100%; min-width: 1px; background: var(--color-0); }
.track .span.other { background: var(--color-5); }
.track .at, .bar .at { outline: 2px solid var(--text); outline-offset: -2px; z-index: 1; }
.scale { display: flex; justify-content: space-between; max-width: none; font-size: 0.85rem; color: var(--soft); }
details { margin-top: 0.5rem; }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; }
.table { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.4rem; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
.left { text-align: left; min-width: 7rem; } .right { text-align: right; white-space: nowrap; }
footer dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 0.5rem 1.5rem; }
footer dt { color: var(--soft); font-size: 0.85rem; }
footer dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 36rem) { figure { padding: 0.75rem 0.5rem; } }
/* Paper is white, and its colors are what there is to see of timelines and bars. */
@media print {
  :root { color-scheme: light; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, details, .readout { display: none; }
  figure, .table { break-inside: avoid; } h2 { break-after: avoid; } pre { white-space: pre-wrap; }
}
`;
