/**
 * Free variables that a tool puts into a function, and so into a task's source. The user never wrote
 * them: an error that names one has to name the tool.
 */

const USE_MODULE = 'name the function with taskModule()';
const LOWERED = `for a lower language level. Compile for ES2022 or later, or ${USE_MODULE}.`;
const IMPORTED = `Import inside the function, with await import(…), or ${USE_MODULE}.`;

const COVERAGE =
  "The variable is istanbul's coverage counter. Measure with V8's coverage (Jest: coverageProvider: 'v8'), or " +
  `${USE_MODULE}.`;
const STRYKER = `The variable was put in by Stryker. Let it ignore the function, or ${USE_MODULE}.`;
/** Of import() in the function as well: its remedy is the module. */
const VITE =
  'The variable is an import as Vite or Vitest compiles it, import() too. Pass what the function needs through ' +
  "`args`, take Node's modules from process.getBuiltinModule('node:fs'), or name the function with taskModule().";
const BUNDLER = `The variable is an import as the bundler compiles it. ${IMPORTED}`;
const ESBUILD = `The variable is esbuild's helper ${LOWERED}`;
const TYPESCRIPT = `The variable is TypeScript's helper ${LOWERED}`;
const BABEL = `The variable is Babel's or SWC's helper ${LOWERED}`;
const COMMONJS =
  `It belongs to a CommonJS file. Import inside the function, as in await import('node:fs'), or ${USE_MODULE}.`;

/** The first pattern that fits counts: __async is esbuild's, __asyncValues TypeScript's. */
const TOOLS: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^(?:__)?cov_|^_\$jscoverage/, COVERAGE],
  [/^stry(?:MutAct|NS|Cov)_/, STRYKER],
  [/^__(?:vite_ssr|vi)_/, VITE],
  [/^__(?:webpack|turbopack)_|__(?:WEBPACK|TURBOPACK)_/, BUNDLER],
  [/^__(?:async|spreadValues|spreadProps|objRest|pow|publicField|yieldStar|forAwait|using|callDispose)$/, ESBUILD],
  [/^__private(?:Get|Set|Add|Method|In|Wrapper)$/, ESBUILD],
  [/^tslib_\d+$|^__(?:awaiter|generator|assign|rest|values|read|await|extends|spreadArray|async[A-Z]\w*)$/, TYPESCRIPT],
  [/^__(?:classPrivateField\w+|makeTemplateObject|addDisposableResource|disposeResources)$/, TYPESCRIPT],
  [/^__(?:decorate|esDecorate|param|metadata|runInitializers|setFunctionName)$/, TYPESCRIPT],
  [/^regeneratorRuntime$|^_(?:regenerator\w*|asyncToGenerator|async_to_generator|extends)$/, BABEL],
  [/^_(?:classCallCheck|class_call_check|defineProperty|define_property)$/, BABEL],
  [/^_object(?:Spread|_spread|With|_with)\w*$/, BABEL],
  [/^_(?:slicedToArray|sliced_to_array|toConsumableArray|to_consumable_array)$/, BABEL],
  [/^(?:require|module|exports|__filename|__dirname)$/, COMMONJS],
];

/** Where a tool put the variable `name` in: which one, and what to do. */
export function toolRemedy(name: string): string | undefined {
  return TOOLS.find(([pattern]) => pattern.test(name))?.[1];
}
