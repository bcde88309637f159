/**
 * How an answer is read: where its blocks and code blocks begin and end. The panel shows code blocks with buttons, the
 * extension inserts them by their number; both count with these functions. Free of zod, because the panel bundles it.
 */
export { BlockSplitter, splitBlocks, type Block } from './blocks.ts';
export { codeBlocks, codeBlocksOf, type CodeBlock } from './code-blocks.ts';
export { closesFence, openedFence, withoutPrefix, type Fence } from './fences.ts';
