/** Images and documents of a request as the common form carries them. Nothing is fetched here, whatever a URL says. */
import type { ModelMessage } from '../../providers/model-call.ts';

export type FilePart = Extract<Extract<ModelMessage, { role: 'user' }>['content'][number], { type: 'file' }>;

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w.+-]+=[^;,]*)*;base64,/i;

/** A file from a URL: its bytes when it is a data URL, its address when it is on the web; null: neither. */
export function fileFromUrl(url: string, kind: 'image' | 'application/pdf'): FilePart | null {
  if (/^data:/i.test(url)) {
    const head = dataUrl.exec(url);
    const mediaType = head?.[1];
    if (head === null || mediaType === undefined) return null;
    return fileFromBase64(url.slice(head[0].length), mediaType.toLowerCase());
  }
  const address = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  return address === null ? null : { type: 'file', mediaType: kind, data: { type: 'url', url: address } };
}

export function fileFromBase64(data: string, mediaType: string): FilePart {
  return { type: 'file', mediaType, data: { type: 'data', data } };
}
