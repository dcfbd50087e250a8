/** The module of a bare Worker that does it. */
import { nothing } from './nothing.js';

nothing();
