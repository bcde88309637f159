/** `npm run simulate -- <name>... [--json]`: see harness.ts. */
import { main } from '../bench/harness.ts';

await main(import.meta.dirname, '.sim.ts');
