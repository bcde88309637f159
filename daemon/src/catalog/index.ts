/**
 * What is known of models without asking anybody: windows, abilities, prices, and first expectations. Data of a day;
 * what the developer configures and what servers say of their own models wins over it.
 */
export { catalogVersion, listCatalogModels, localPrices, lookupModel } from './lookup.ts';
export type { CatalogModel, ModelQuery } from './lookup.ts';
export { familyOf, runsInCloud } from './model-name.ts';
export { publishedAs, speedPrior } from './priors.ts';
export type { ModelTraits, PublishedAs, SpeedPrior } from './priors.ts';
