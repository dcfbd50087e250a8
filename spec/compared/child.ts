/**
 * One cell: `node child.js library claim`. Prints it as a line of JSON, and ends, unless the claim is about just that.
 */
import { CLAIMS } from './claims.js';
import { LIBRARIES } from './libraries/all.js';

const [, , name, id] = process.argv;
const claim = CLAIMS.find((candidate) => candidate.id === id);
if (claim === undefined) throw new Error(`There is no claim '${id}'`);
const write = process.stdout.write.bind(process.stdout); // a library replaces console
const library = await LIBRARIES[name]();
const scenario = library.own[id] ?? (claim.scenario && (() => claim.scenario!(library)));
const cell = scenario === undefined ? { cell: '–' } : await scenario();
write(`\nCELL ${JSON.stringify(cell)}\n`, () => {
  if (claim.leftAlone !== true) process.exit(0);
});
