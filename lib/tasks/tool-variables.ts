/**
 * Free variables that a tool puts into a function, and so into a task's source. The user never wrote
 * them: an error that names one has to name the tool.
 */

const USE_MODULE = 'name the function with taskModule()';
const LOWERED = `Compile for ES2022 or later, or ${USE_MODULE}.`;
const IMPORTED = `Import inside the function, with await import(…), or ${USE_MODULE}.`;

/** The first pattern that fits counts. */
const TOOLS: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /^(?:__)?cov_|^_\$jscoverage/,
    "The variable is istanbul's coverage counter. Measure with V8's coverage (Jest: coverageProvider: 'v8'), or " +
      `${USE_MODULE}.`,
  ],
  [/^stry(?:MutAct|NS|Cov)_/, `The variable was put in by Stryker. Let it ignore the function, or ${USE_MODULE}.`],
  [/^__(?:vite_ssr|vi)_/, `The variable is an import as Vite or Vitest compiles it. ${IMPORTED}`],
  [/^__(?:webpack|turbopack)_|__(?:WEBPACK|TURBOPACK)_/, `The variable is an import as the bundler compiles it. ${IMPORTED}`],
  [
    /^__(?:async|spread(?:Values|Props)|objRest|pow|private[A-Z]\w*|publicField|yieldStar|forAwait|using|callDispose)$/,
    `The variable is esbuild's helper for a lower language level. ${LOWERED}`,
  ],
  [
    /^tslib_\d+$|^__(?:awaiter|generator|assign|rest|spreadArray|values|read|await|async[A-Z]\w*|extends|makeTemplateObject)$/,
    `The variable is TypeScript's helper for a lower language level. ${LOWERED}`,
  ],
  [
    /^__(?:classPrivateField\w+|(?:es)?[dD]ecorate|param|metadata|runInitializers|setFunctionName|addDisposableResource)$/,
    `The variable is TypeScript's helper for a lower language level. ${LOWERED}`,
  ],
  [
    /^regeneratorRuntime$|^_(?:regenerator\w*|async(?:ToGenerator|_to_generator)|class(?:CallCheck|_call_check)|extends)$/,
    `The variable is Babel's or SWC's helper for a lower language level. ${LOWERED}`,
  ],
  [
    /^_(?:object(?:Spread\d*|_spread\w*|Without\w+|_without\w+)|define(?:Property|_property)|sliced\w+|to(?:Consumable|_consumable)\w+)$/,
    `The variable is Babel's or SWC's helper for a lower language level. ${LOWERED}`,
  ],
  [
    /^(?:require|module|exports|__filename|__dirname)$/,
    `It belongs to a CommonJS file. Import inside the function, as in await import('node:fs'), or ${USE_MODULE}.`,
  ],
];

/** Where a tool put the variable `name` in: which one, and what to do. */
export function toolRemedy(name: string): string | undefined {
  return TOOLS.find(([pattern]) => pattern.test(name))?.[1];
}
