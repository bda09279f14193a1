import type { paths } from "./generated/schema";
import type { Facts } from "./types";

/** The typed client of the API: paths, parameters, bodies and answers are those of the generated schema. */

type Method = "get" | "post" | "put" | "delete";
type Json<T> = T extends { content: { "application/json": infer J } } ? J : never;
type Good<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : never;
type Answer<O> = O extends { responses: infer R } ? Good<R> : never;
type PathPart<O> = O extends { parameters: { path: infer T } } ? { path: T } : unknown;
type QueryPart<O> = O extends { parameters: { query: infer T } } ? { query: T } : O extends { parameters: { query?: infer T } } ? { query?: T } : unknown;
type BodyPart<O> = O extends { requestBody: infer B } ? { body: Json<B> } : O extends { requestBody?: infer B } ? { body?: Json<B> } : unknown;
type Sent<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & { timeoutMs?: number; key?: string };
type Args<O> = Record<never, never> extends Sent<O> ? [sent?: Sent<O>] : [sent: Sent<O>];
type Offering<M extends Method> = { [P in keyof paths]: Answer<paths[P][M]> extends never ? never : P }[keyof paths];

interface Parts {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  timeoutMs?: number;
  /** Idempotency-Key: sent again with the same one, nothing is done twice. */
  key?: string;
}

export const api = {
  get: <P extends Offering<"get">>(path: P, ...sent: Args<paths[P]["get"]>) => send<Answer<paths[P]["get"]>>("GET", path, sent[0]),
  post: <P extends Offering<"post">>(path: P, ...sent: Args<paths[P]["post"]>) => send<Answer<paths[P]["post"]>>("POST", path, sent[0]),
  put: <P extends Offering<"put">>(path: P, ...sent: Args<paths[P]["put"]>) => send<Answer<paths[P]["put"]>>("PUT", path, sent[0]),
  delete: <P extends Offering<"delete">>(path: P, ...sent: Args<paths[P]["delete"]>) => send<Answer<paths[P]["delete"]>>("DELETE", path, sent[0]),
};

async function send<T>(method: string, template: string, sent: object = {}): Promise<T> {
  const { body, timeoutMs = 10_000, key, ...where } = sent as Parts;
  let answer: Response;
  try {
    answer = await fetch(address(template, where), {
      method,
      headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...(key !== undefined && { "Idempotency-Key": key }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new ApiError("client.unreachable", {}, 0);
  }
  // A 200 that is no JSON is not our server's: a portal of the Wi-Fi answers so, and what was sent has not arrived.
  const json: unknown = await answer.json().catch(() => (answer.ok ? Promise.reject(new ApiError("client.unreachable", {}, 0)) : {}));
  if (!answer.ok) {
    const { code = "client.unreachable", facts = {} } = json as { code?: string; facts?: Facts };
    throw new ApiError(code, facts, answer.status);
  }
  return json as T;
}

/** The address of a path with its parameters; names may hold any letters. */
export function address(template: keyof paths | (string & {}), { path = {}, query = {} }: Pick<Parts, "path" | "query">): string {
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  return asked === "" ? filled : `${filled}?${asked}`;
}

/** An error of the API: a code with facts; the catalogue has its sentence. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly facts: Facts,
    readonly status: number,
  ) {
    super(code);
  }
}

/** Whether it may go well the next time: what no server of ours has answered, or one that is busy. */
export function isPassing({ status, code }: ApiError): boolean {
  return status === 0 || status >= 500 || status === 429 || status === 408 || code === "idempotency.running" || code === "client.unreachable";
}

/** Whether what was asked for is not there, and will not be there the next time either. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("client.unreachable", {}, 0);
}
