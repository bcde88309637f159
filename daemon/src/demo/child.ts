/** The entry of a demo server's process when the sources run unbundled: `node child.ts demo-server --id demo-fast`. */
import { demoServerCommand, runDemoServerProcess } from './server-process.ts';

const [command, ...rest] = process.argv.slice(2);
process.exit(await runDemoServerProcess(command === demoServerCommand ? rest : []));
