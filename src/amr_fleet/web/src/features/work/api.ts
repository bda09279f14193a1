import { api } from "../../shared/api/request";
import { askMe } from "../../shared/session/me";
import type { CallBody, SayBody } from "../../shared/api/types";

export type { CallBody, SayBody, Said, Task, Tasks, WorkPlace } from "../../shared/api/types";

export const workApi = {
  places: () => api.get("/api/v1/work/places"),
  tasks: (place: string) => api.get("/api/v1/work/{place}/tasks", { path: { place }, timeoutMs: 6_000 }),
  say: (body: SayBody, key: string) => api.post("/api/v1/work/words", { body, key }),
  call: (body: CallBody, key: string) => api.post("/api/v1/work/calls", { body, key }),
  photo: (image: string, key: string) => api.post("/api/v1/work/photos", { body: { image }, key, timeoutMs: 30_000 }),
  me: () => askMe(),
};
