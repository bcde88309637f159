/**
 * The engine's version: changes whenever equal facts may lead to another selection; stored with each decision, checked
 * by a replay. Apart from every default, because a change of any of them may ask for a new one.
 */
export const engineVersion = '0.3.0';
