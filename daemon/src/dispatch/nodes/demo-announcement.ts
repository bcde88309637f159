/**
 * How a demo fleet makes itself known to a daemon on the same machine: a small file in the private runtime folder,
 * written by whoever started the fleet (the command line or the editor) and removed with it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { isLoopbackUrl } from '@task-router/protocol';

const announcementSchema = z.strictObject({
  servers: z
    .array(
      z.strictObject({
        id: z.string().regex(/^demo-[a-z0-9-]{1,40}$/),
        provider: z.enum(['openai-compatible', 'anthropic', 'ollama']),
        baseUrl: z.url({ protocol: /^http$/ }).refine(isLoopbackUrl, 'a demo server runs on this machine'),
        models: z.array(z.string().min(1).max(200)).min(1).max(20),
      }),
    )
    .max(20),
});
export type DemoAnnouncement = z.infer<typeof announcementSchema>;

export function writeDemoAnnouncement(path: string, announcement: DemoAnnouncement): void {
  writeFileSync(path, JSON.stringify(announcement), { mode: 0o600 });
}

export function removeDemoAnnouncement(path: string): void {
  rmSync(path, { force: true });
}

/** null when no fleet runs, or when the file is not one of ours. */
export function readDemoAnnouncement(path: string): DemoAnnouncement | null {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > 64 * 1024) return null;
    const parsed = announcementSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
