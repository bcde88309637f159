/**
 * What the client libraries get in place of a key. Without one they would look into the environment; the transport
 * removes the header they make of it and puts the real key on.
 */
export const placeholderKey = 'added-by-transport';
