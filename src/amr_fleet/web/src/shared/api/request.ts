import type { Facts } from "./types";

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

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("client.unreachable", {}, 0);
}

export async function request<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown, timeoutMs = 10_000): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new ApiError("client.unreachable", {}, 0);
  }
  const json: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const { code = "client.unreachable", facts = {} } = json as { code?: string; facts?: Facts };
    throw new ApiError(code, facts, answer.status);
  }
  return json as T;
}

/** A part of a path; names may hold any letters. */
export const segment = encodeURIComponent;
