import type { ComponentType } from "react";

import { OwnPassword } from "../features/login/ChangePassword";
import type { Me } from "../shared/api/types";
import type { Key } from "../shared/i18n/texts";
import { lazyPage } from "../shared/ui/lazy_page";

/**
 * Every page. One with a label stands in the navigation, for users of its role and above, in this order; `phone` ones stay on
 * the phone's bar, the rest goes behind its last button. icon: an SVG path on a 24 x 24 field, drawn with strokes.
 * letter: opens it after G, from its Vietnamese name.
 */
export interface Page {
  path: string;
  View: ComponentType;
  role: Me["role"];
  label?: Key;
  letter?: string;
  icon?: string;
  phone?: boolean;
}

const LayoutPage = lazyPage(() => import("../features/layout/LayoutPage"));
const LivePage = lazyPage(() => import("../features/live/LivePage"));
const OrdersPage = lazyPage(() => import("../features/orders/OrdersPage"));
const AccountsPage = lazyPage(() => import("../features/accounts/AccountsPage"));
const AssistantPage = lazyPage(() => import("../features/assistant/AssistantPage"));
const AuditPage = lazyPage(() => import("../features/audit/AuditPage"));
const EscalationPage = lazyPage(() => import("../features/escalation/EscalationPage"));
const FlightsPage = lazyPage(() => import("../features/flights/FlightsPage"));
const HandoverPage = lazyPage(() => import("../features/handover/HandoverPage"));
const ImportPage = lazyPage(() => import("../features/import/ImportPage"));
const OrderPage = lazyPage(() => import("../features/orders/OrderPage"));
const AttentionPage = lazyPage(() => import("../features/attention/AttentionPage"));
const ReplayPage = lazyPage(() => import("../features/replay/ReplayPage"));
const ReportPage = lazyPage(() => import("../features/report/ReportPage"));
export const SecondFactorPage = lazyPage(() => import("../features/second_factor/SecondFactorPage"));
const PeriodicPage = lazyPage(() => import("../features/periodic/PeriodicPage"));
const BookPage = lazyPage(() => import("../features/book/BookPage"));
const CamerasPage = lazyPage(() => import("../features/cameras/CamerasPage"));
const CameraSetupPage = lazyPage(() => import("../features/camera_setup/SetupPage"));
const CameraPage = lazyPage(() => import("../features/cameras/CameraPage"));
const CancelPage = lazyPage(() => import("../features/cancel/CancelPage"));
const CargoPage = lazyPage(() => import("../features/cargo/CargoPage"));
const LoadPage = lazyPage(() => import("../features/cargo/LoadPage"));
const RobotPage = lazyPage(() => import("../features/robots/RobotPage"));
const RobotsPage = lazyPage(() => import("../features/robots/RobotsPage"));
const SessionsPage = lazyPage(() => import("../features/sessions/SessionsPage"));
const VisitImportPage = lazyPage(() => import("../features/visits/VisitImportPage"));
const VisitPage = lazyPage(() => import("../features/visits/VisitPage"));
const VisitsPage = lazyPage(() => import("../features/visits/VisitsPage"));
const TrendsPage = lazyPage(() => import("../features/trends/TrendsPage"));
const WebhooksPage = lazyPage(() => import("../features/webhooks/WebhooksPage"));
const WallPage = lazyPage(() => import("./WallPage"));
const SandboxPage = lazyPage(() => import("../features/sandbox/SandboxPage"));
export const WorkPage = lazyPage(() => import("../features/work/WorkPage"));
const WhatIfPage = lazyPage(() => import("../features/whatif/WhatIfPage"));

/** Only the map, large: no head and no navigation. */
export const WALL = "/wall";

export const PAGES: readonly Page[] = [
  { path: "/", View: LivePage, role: "viewer", label: "nav.map", letter: "b", icon: "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14", phone: true },
  { path: "/orders", View: OrdersPage, role: "viewer", label: "nav.orders", letter: "d", icon: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8", phone: true },
  { path: "/robots", View: RobotsPage, role: "viewer", label: "nav.robots", letter: "r", icon: "M5 8h14v10H5zM12 8V4M9 13h.01M15 13h.01M3 12v3M21 12v3" },
  { path: "/attention", View: AttentionPage, role: "viewer", label: "nav.attention", letter: "c", icon: "M12 4l9 16H3zM12 10v4M12 17h.01", phone: true },
  { path: "/visits", View: VisitsPage, role: "viewer", label: "nav.visits", letter: "v", icon: "M3 15h18l-2 4H5zM6 15V9h6l3 3h3v3M12 9V5" },
  { path: "/handover", View: HandoverPage, role: "viewer", label: "nav.handover", letter: "g", icon: "M4 8h13l-3-3M20 16H7l3 3" },
  { path: "/cargo", View: CargoPage, role: "viewer", label: "nav.cargo", letter: "h", icon: "M4 6h16v12H4zM8 6v12M12 6v12M16 6v12" },
  { path: "/book", View: BookPage, role: "viewer", label: "nav.book", letter: "k", icon: "M5 5h14v15H5zM5 9h14M9 3v4M15 3v4M12 12v3l2 1" },
  { path: "/cameras", View: CamerasPage, role: "viewer", label: "nav.cameras", letter: "m", icon: "M4 8h11v9H4zM15 11l5-3v9l-5-3M8 17v3" },
  { path: "/flights", View: FlightsPage, role: "viewer", label: "nav.flights", letter: "u", icon: "M5 7h6M13 7h6M8 7v3M16 7v3M7 10h10l-2 5H9zM9 15l-2 4M15 15l2 4" },
  { path: "/whatif", View: WhatIfPage, role: "operator", label: "nav.whatif", letter: "t", icon: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18h.01M12 3a9 9 0 1 0 .01 0" },
  { path: "/replay", View: ReplayPage, role: "viewer", label: "nav.replay", letter: "x", icon: "M4 12a8 8 0 1 0 3-6.2M4 4v4h4M10 9l5 3-5 3z" },
  { path: "/report", View: ReportPage, role: "viewer", label: "nav.report", letter: "o", icon: "M6 3h9l4 4v14H6zM9 12v5M12.5 9v8M16 14v3" },
  { path: "/sandbox", View: SandboxPage, role: "viewer", label: "nav.sandbox", letter: "s", icon: "M6 3h12v18H6zM9 8h6M9 12h6M9 16l2 2 4-4" },
  { path: "/periodic", View: PeriodicPage, role: "viewer", label: "nav.periodic", letter: "y", icon: "M6 3h9l4 4v14H6zM9 11h7M9 14h7M9 17h4" },
  { path: "/assistant", View: AssistantPage, role: "viewer", label: "nav.assistant", letter: "l", icon: "M4 5h16v11H9l-5 4zM8 9h8M8 12h5" },
  { path: "/layout", View: LayoutPage, role: "engineer", label: "nav.layout", letter: "e", icon: "M4 4h16v16H4zM4 10h8M12 4v9M12 20v-3M16 20v-6h4" },
  { path: "/audit", View: AuditPage, role: "engineer", label: "nav.audit", letter: "n", icon: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h5" },
  { path: "/webhooks", View: WebhooksPage, role: "engineer", label: "nav.webhooks", letter: "w", icon: "M4 6h16v12H4zM4 6l8 7 8-7" },
  { path: "/accounts", View: AccountsPage, role: "admin", label: "nav.accounts", letter: "a", icon: "M12 4a4 4 0 1 1 -.01 0M4 21c0-5 4-7 8-7s8 2 8 7" },
  { path: "/sessions", View: SessionsPage, role: "admin", label: "nav.sessions", letter: "i", icon: "M6 3h12v18H6zM10 18h4" },
  { path: "/trends", View: TrendsPage, role: "viewer" },
  { path: "/escalation", View: EscalationPage, role: "operator" },
  { path: WALL, View: WallPage, role: "viewer" },
  { path: "/work", View: WorkPage, role: "operator" },
  { path: "/cameras/:camera/setup", View: CameraSetupPage, role: "engineer" },
  { path: "/cameras/:camera", View: CameraPage, role: "viewer" },
  { path: "/flights/:id", View: FlightsPage, role: "viewer" },
  { path: "/password", View: OwnPassword, role: "viewer" },
  { path: "/second-factor", View: SecondFactorPage, role: "viewer" },
  { path: "/cargo/:id", View: LoadPage, role: "viewer" },
  { path: "/robots/:name", View: RobotPage, role: "viewer" },
  { path: "/visits/import", View: VisitImportPage, role: "operator" },
  { path: "/visits/:id", View: VisitPage, role: "viewer" },
  { path: "/orders/import", View: ImportPage, role: "operator" },
  { path: "/orders/:id/cancel", View: CancelPage, role: "operator" },
  { path: "/orders/:id", View: OrderPage, role: "viewer" },
];
