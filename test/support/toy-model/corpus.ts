/** What the bigram model learned to write: a few plain sentences, written for this project. */
export const corpus: readonly string[] = [
  'The router reads the task and picks a route for it.',
  'A route is a model on a node, and a node is a server with an account.',
  'When a route fails, the next route takes the task and starts again.',
  'The answer comes in small parts, and each part is shown at once.',
  'A test should fail when the code is wrong, and pass when the code is right.',
  'The server keeps a model in memory until nobody calls it.',
  'A slow answer is better than a wrong answer.',
  'The file holds a function that reads a line and writes a word.',
  'A small change in the code needs a small test.',
  'The cache keeps what was read, and the next task is fast.',
  'Each node has a limit, and a task waits when the limit is met.',
  'The error says what is wrong and what the user can do next.',
];
