/** For pools of processes: which one is this? A worker file of piscina's kind is a default export. */
const pid = (): number => process.pid;
export { pid as default };
