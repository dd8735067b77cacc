/** The engine as components see it: the core's facts behind reactive getters. */
import type { EngineContract } from './contract.ts';

export type Engine = EngineContract;
