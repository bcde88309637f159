/** The product's version, as the bundle was built with it; read from the manifest when run from the sources. */
import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;
