/** Where a call was made, cheaply: V8 formats `stack` only when it is read. */
export function callSite(below: (...args: never[]) => unknown): { readonly stack?: string } {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, below);
  return site;
}
