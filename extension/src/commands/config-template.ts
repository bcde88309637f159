/** What a new config.jsonc says. Everything in it is a comment, so that the file changes nothing until it is edited. */
export const configTemplate = `// Task Router: your own configuration. It is never read from a repository.
// Completion and problems are shown while you edit; the last good version stays in force.
{
  // Places that serve models. Local servers on their usual ports, keys in the environment and the editor's own models
  // are found without being listed here. Keys never stand in this file: run "Task Router: Add Provider Key".
  "nodes": [
    // { "id": "local", "provider": "ollama", "baseUrl": "http://127.0.0.1:11434" },
    // {
    //   "id": "lab",
    //   "provider": "openai-compatible",
    //   "baseUrl": "https://models.example/v1",
    //   "apiKeyEnv": "LAB_KEY"
    // }
  ],

  // What may be used and what is preferred, everywhere. A workspace or folder may only be stricter, in its settings
  // under taskRouter.policy.
  "policy": {
    // "objective": "balanced", // or quality, cost, speed, local
    // "localOnly": true,
    // "deny": ["openai/*"],
    // "maxCostPerTaskUsd": 0.5,
    // "minQuality": 0.6 // never a model that is expected to do worse; the card shows each one's quality
  },

  // What may be spent. A hard budget stops a task and asks; a soft one ("hard": false) warns once a day.
  "budgets": [
    // { "scope": "user", "window": "day", "limitUsd": 5, "hard": true }
  ]
}
`;
