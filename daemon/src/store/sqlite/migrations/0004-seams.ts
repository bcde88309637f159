/** Where in the answer each failover happened. Older ones are counted as before any text. */
export const seams = `
ALTER TABLE transitions ADD COLUMN text_offset INTEGER NOT NULL DEFAULT 0;
`;
