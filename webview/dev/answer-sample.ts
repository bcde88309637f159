/** An answer with all that Markdown has, for the harness. */

export const answer = `The primary route is chosen in three steps: **filter**, **score**, **pick**.

1. Each hard filter may drop a candidate and must say why (\`access.keyMissing\`, \`policy.costCap\`, …).
2. What is left gets a score in \`0..1\`, the weighted sum of four parts.
3. The best score wins; ties are broken by the injected random source, so a replay with the same seed gives the same route.

## Where ties are broken

\`\`\`ts
export function pickBest(candidates: readonly Candidate[], random: Random): Candidate | null {
  const best = Math.max(...candidates.map((candidate) => candidate.score));
  const tied = candidates.filter((candidate) => best - candidate.score < 1e-9);
  return tied.length === 0 ? null : (tied[Math.floor(random.next() * tied.length)] ?? null);
}
\`\`\`

Two consequences worth knowing:

- A **cached** decision skips the first two steps. Its key holds the task's kind, its size and the policy version.
- The ranked rest is the failover plan:

  \`\`\`sh
  task-router explain decision-17 --json | jq '.candidates[].route'
  \`\`\`

| part | weight | on an absolute scale of |
| :-- | --: | :-- |
| capability | 0.40 | benchmark results for this kind of task |
| performance | 0.30 | first token and tokens per second |
| resources | 0.20 | price, free slots, quota |
| history | 0.10 | your own outcomes |

> Nothing here calls a model: the decision is a pure function of its arguments.

More in [the VS Code documentation](https://code.visualstudio.com/api/extension-guides/webview).
`;
