/** `npm run bench -- <name>... [--json]`: see harness.ts. */
import { main } from './harness.ts';

await main(import.meta.dirname, '.bench.ts');
