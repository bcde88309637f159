/**
 * Figures of other routers, as their authors or the public replays of their choices give them. None of them was
 * measured on the rows of our report, whose held-out parts we do not have: they stand beside ours for orientation.
 */

export interface PublishedChoice {
  readonly router: string;
  readonly avgPerf: number;
  readonly totalUsd: number;
}

/** CodeRouterBench, in-distribution test, 2,919 rows, choices replayed on the public matrix. */
export const coderouterbenchTest: readonly PublishedChoice[] = [
  { router: 'oracle', avgPerf: 60.02, totalUsd: 7.05 },
  { router: 'ACRouter (orchestrator, verifier, memory)', avgPerf: 50.14, totalUsd: 22.91 },
  { router: 'DimensionBest (type table)', avgPerf: 49.86, totalUsd: 12.9 },
  { router: 'Qwen3.5 fine-tuned 9B', avgPerf: 48.03, totalUsd: 10 },
  { router: 'logistic regression on TF-IDF', avgPerf: 47.26, totalUsd: 7.52 },
  { router: 'RouteLLM-SW', avgPerf: 47.18, totalUsd: 7.77 },
  { router: 'TF-IDF + MLP', avgPerf: 46.97, totalUsd: 7.5 },
  { router: 'RouteLLM-MF', avgPerf: 46.16, totalUsd: 7.5 },
  { router: 'always Opus 4.6', avgPerf: 43.83, totalUsd: 34.02 },
  { router: 'always GPT-5.4', avgPerf: 42.21, totalUsd: 16.57 },
  { router: 'always Kimi-K2.5', avgPerf: 36.66, totalUsd: 2.9 },
];

/** The same on the 2,453 rows whose eight cells were all measured. */
export const coderouterbenchComplete: readonly PublishedChoice[] = [
  { router: 'ACRouter', avgPerf: 48.71, totalUsd: 14.99 },
  { router: 'DimensionBest', avgPerf: 48.44, totalUsd: 9.99 },
  { router: 'always Opus 4.6', avgPerf: 46.59, totalUsd: 19.32 },
];

export interface PublishedCurve {
  readonly router: string;
  readonly apgr: number;
  readonly cpt50: number;
  readonly cpt80: number;
}

/** RouteLLM's paper, tables 2 and 3: routers trained on Arena pairs plus the data named. */
export const routellmMmlu: readonly PublishedCurve[] = [
  { router: 'random', apgr: 0.5, cpt50: 50.07, cpt80: 79.93 },
  { router: 'BERT, + 1,500 gold', apgr: 0.572, cpt50: 41.3, cpt80: 72.2 },
  { router: 'causal LLM (Llama-3-8B), + 1,500 gold', apgr: 0.6, cpt50: 35.49, cpt80: 70.31 },
  { router: 'matrix factorisation, + 1,500 gold', apgr: 0.597, cpt50: 35.46, cpt80: 71.4 },
  { router: 'SW ranking, + 1,500 gold', apgr: 0.603, cpt50: 35.4, cpt80: 71.55 },
  { router: 'matrix factorisation, Arena only', apgr: 0.524, cpt50: 45, cpt80: 76.86 },
];
export const routellmGsm8k: readonly PublishedCurve[] = [
  { router: 'random', apgr: 0.497, cpt50: 50, cpt80: 80.08 },
  { router: 'BERT, + judge labels', apgr: 0.531, cpt50: 44.76, cpt80: 79.09 },
  { router: 'causal LLM (Llama-3-8B), + judge labels', apgr: 0.622, cpt50: 33.64, cpt80: 63.26 },
  { router: 'matrix factorisation, + judge labels', apgr: 0.565, cpt50: 38.82, cpt80: 72.62 },
  { router: 'SW ranking, + judge labels', apgr: 0.568, cpt50: 41.21, cpt80: 72.2 },
];

export interface PublishedPair {
  readonly router: string;
  /** AUROC of weak success, then Route-AUC; for GPT-5 mini and for DeepSeek V3.2, both against Gemini 3 Pro. */
  readonly gpt5Mini: readonly [number, number];
  readonly deepseek: readonly [number, number];
}

/** SWE-Router's paper, table 2; all but the last read the issue text only. */
export const sweBenchPairs: readonly PublishedPair[] = [
  { router: 'embedding + logistic regression', gpt5Mini: [0.527, 0.565], deepseek: [0.477, 0.476] },
  { router: 'embedding + kNN', gpt5Mini: [0.563, 0.53], deepseek: [0.489, 0.371] },
  { router: 'embedding + XGBoost', gpt5Mini: [0.567, 0.517], deepseek: [0.526, 0.465] },
  { router: 'fine-tuned 7B', gpt5Mini: [0.613, 0.549], deepseek: [0.62, 0.627] },
];
