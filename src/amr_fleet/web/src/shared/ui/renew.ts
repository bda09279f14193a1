const STORED = "amr.renewed";

/** Load the app anew where the server has another build: what this one still wants has another name there and never comes. */
export async function renew(): Promise<void> {
  try {
    const own = document.querySelector<HTMLScriptElement>("script[type=module]")?.src;
    const page = await (await fetch("/", { cache: "no-store" })).text();
    const its = /\/assets\/[\w.-]+\.js/.exec(page)?.[0];
    if (own === undefined || its === undefined || own.endsWith(its) || sessionStorage.getItem(STORED) === its) return;
    sessionStorage.setItem(STORED, its); // once for each build: what gives us the old page again must not have us reload for ever
    location.reload();
  } catch {
    // No server, or nowhere to note that it was done: the page says that a part is missing, and has a button.
  }
}
