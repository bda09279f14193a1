import { api } from "../../shared/api/request";

export const signOnApi = {
  shown: () => api.get("/api/v1/oidc"),
  start: () => api.post("/api/v1/oidc/start"),
  link: () => api.get("/api/v1/oidc/link"),
  startLink: (password: string) => api.post("/api/v1/oidc/link", { body: { password } }),
  unlink: () => api.delete("/api/v1/oidc/link"),
  code: (code: string) => api.post("/api/v1/oidc/code", { body: { code } }),
};

/** Leave for the provider's page; raises where it cannot be asked. */
export async function goThere(start: Promise<{ url: string }>): Promise<void> {
  window.location.assign((await start).url);
}
