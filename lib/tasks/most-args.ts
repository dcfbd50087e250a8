/** As many arguments as a function can be called with, about; a sparse array may say that it has 4 billion. */
export const MOST_ARGS = 65_535;
