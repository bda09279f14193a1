/** Names one thing that is sent: sent twice, it is done once. Not crypto.randomUUID: a port's page has no https. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

/** Keys of what a form sends: the same words have the same key until they are done, other words another one. */
export class Keys {
  private words = "";
  private key = "";

  of(words: string): string {
    if (words !== this.words) [this.words, this.key] = [words, newKey()];
    return this.key;
  }

  /** The words arrived: said once more, they are another thing. */
  done(): void {
    this.words = this.key = "";
  }
}
