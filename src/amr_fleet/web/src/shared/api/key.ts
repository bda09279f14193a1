/** Names one thing that is sent: sent twice, it is done once. Not crypto.randomUUID: a port's page has no https. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}
