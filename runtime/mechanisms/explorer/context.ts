import type { MechanismContext } from '../../ports/mechanism.ts';
import type { ExplorerConfig } from './config.ts';

export type Context = MechanismContext<ExplorerConfig>;
