import type { components } from "./generated/schema";

/** Short names for what the API sends. generated/schema.ts is written from the server's OpenAPI document (scripts/contracts.py). */

type Schemas = components["schemas"];

export type Facts = Schemas["Facts"];
export type Fact = Facts[string];
export type XY = Schemas["XY"];
export type Problem = Schemas["Problem"];
export type Reason = Schemas["Reason"];
export type Code = Schemas["Code"];
export type AlarmCode = Schemas["AlarmCode"];
export type ErrorCode = Schemas["ErrorCode"];
export type EndCode = Schemas["EndCode"];
export type Cause = Schemas["Cause"];
export type WaitCode = Schemas["WaitCode"];
export type RobotWait = Schemas["RobotWait"];
export type JournalKind = Schemas["JournalKind"];

export type Order = Schemas["TransportOrder"];
export type OrderState = Schemas["OrderState"];
export type OrderDetail = Schemas["OrderDetail"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type CancelMode = Schemas["CancelMode"];
export type NewOrder = Schemas["OrderBody"];
export type NewCargo = Schemas["CargoBody"];
export type ImportAnswer = Schemas["Imported"];
export type RowVerdict = Schemas["ImportRow"];
export type Cargo = Schemas["Cargo"];
export type CargoKind = Schemas["CargoKind"];
export type Load = Schemas["Load"];
export type Leg = Schemas["CustodyLeg"];
export type Reading = Schemas["Reading"];

export type SecondFactor = Schemas["SecondFactor"];
export type SecondFactorBegun = Schemas["SecondFactorBegun"];

export type PeriodKind = Schemas["PeriodLine"]["kind"];
export type PeriodLine = Schemas["PeriodLine"];
export type PeriodicDraft = Schemas["PeriodicDraft"];
export type KpiRow = Schemas["KpiRow"];
export type ObstacleLine = Schemas["ObstacleLine"];
export type NewObstacle = Schemas["ObstacleBody"];

export type Book = Schemas["Book"];
export type BookOrder = Schemas["KeptOrder"];
export type Cutoff = Schemas["Cutoff"];
export type CutoffKind = Schemas["CutoffKind"];
export type Visit = Schemas["Visit"];
export type VisitDetail = Schemas["VisitDetail"];
export type VisitOrder = Schemas["VisitOrder"];
export type NewVisit = Schemas["VisitBody"];
export type ImportedVisits = Schemas["ImportedVisits"];
export type Template = Schemas["Template"];
export type Schedule = Schemas["Schedule"];
export type NewSchedule = Schemas["ScheduleBody"];

export type Robot = Schemas["Robot"];
export type HeldBy = Schemas["HeldBy"];
export type RobotHealth = Schemas["RobotHealth"];
export type Wear = Schemas["Wear"];
export type UpkeepLimits = Schemas["UpkeepLimits"];
export type WorkOrder = Schemas["MaintenanceOrder"];
export type NewWork = Schemas["WorkOrderBody"];
export type ClosedWork = Schemas["WorkOrderClosing"];
export type RobotType = Schemas["RobotType"];
export type RobotStatus = Schemas["RobotStatus"];
export type RobotUse = Schemas["RobotUse"];
export type Integration = Schemas["Integration"];
export type EmergencyStop = Schemas["EmergencyStop"];

export type LayoutParts = Schemas["LayoutParts"];
export type LayoutShown = Schemas["LayoutShown"];
export type LayoutFinding = Schemas["LayoutFinding"];
export type LayoutJudged = Schemas["LayoutJudged"];
export type LayoutFigures = Schemas["LayoutFigures"];
export type LayoutTried = Schemas["LayoutTried"];

export type Snapshot = Schemas["Snapshot"];
export type Track = Schemas["SeenTrack"];
export type Kpi = Schemas["Kpi"];
export type Waits = Schemas["Waits"];
export type Alarm = Schemas["Alarm"];
export type Intervention = Schemas["Intervention"];
export type ShiftNote = Schemas["Note"];
export type TempZone = Schemas["Zone"];
export type ZoneKind = Schemas["ZoneKind"];
export type NewZone = Schemas["ZoneBody"];
export type CameraView = Omit<Schemas["CameraShown"], "id">;
export type CameraInfo = Schemas["Camera"];
export type CameraState = Schemas["CameraState"];
export type RobotCamera = Schemas["RobotCamera"];
export type CameraHealth = Schemas["CameraHealth"];
export type CameraPast = Schemas["CameraPast"];
export type CameraSpan = Schemas["CameraSpan"];
export type CameraLook = Schemas["CameraLook"];
export type CameraSetupBody = Schemas["CameraSetupBody"];
export type SetupJudged = Schemas["SetupJudged"];
export type DryEvent = Schemas["DryEvent"];
export type Seen = Schemas["Seen"];
export type SeenKind = Schemas["SeenKind"];

export type Site = Schemas["Site"];
export type Lane = Schemas["Lane"];
export type Place = Schemas["Place"];
export type PlaceKind = Schemas["PlaceKind"];
export type Station = Schemas["Station"];
export type Box = Schemas["Box"];
export type Camera = Schemas["SiteCamera"];

export type Shift = Schemas["Period"];
export type Report = Schemas["Report"];
export type TrendStep = Schemas["Trends"]["step"];
export type TrendPoint = Schemas["TrendPoint"];
export type RobotTrend = Schemas["RobotTrend"];
export type Spread = Schemas["Spread"];
export type Technical = Schemas["Technical"];
export type TrackState = Schemas["TrackState"];
export type Chunk = Schemas["Chunk"];
export type JournalEvent = Schemas["JournalEvent"];
export type TimeMarks = Schemas["TimeMarks"];
export type MomentComment = Schemas["MomentComment"];
export type AlarmSeverity = Schemas["AlarmSeverity"];
export type PastState = Schemas["PastState"];
export type Outcome = Schemas["Outcome"];
export type OutcomeOrder = Schemas["OrderOutcome"];
export type WhatIfAnswer = Schemas["Foresight"];
export type WhatIfQuestion = Required<Schemas["WhatIfBody"]>;
export type StuckCode = Schemas["StuckCode"];

export type Trial = Schemas["Trial"];
export type TrialState = Schemas["TrialState"];
export type TrialBreach = Schemas["TrialBreach"];
export type TrialNow = Schemas["TrialNow"];
export type TrialBar = Schemas["TrialBar"];
export type TrialSimulation = Schemas["TrialSimulation"];
export type TrialSketch = Schemas["TrialSketchBody"];
export type TrialReview = Schemas["TrialReview"];
export type CardVerdict = Schemas["CardVerdict"];

export type Flights = Schemas["Flights"];
export type Flight = Schemas["Flight"];
export type FlightState = Flight["state"];
export type FlightTask = Flight["task"];
export type FlightPoint = Schemas["PointShown"];
export type FlightDifference = Schemas["FlightDifference"];
export type GateReason = Schemas["GateReason"];
export type Aircraft = Schemas["AircraftState"];
export type PilotChecklist = Schemas["ChecklistBody"];
export type FlightPermitBody = Schemas["FlightPermitBody"];

export type Me = Schemas["Me"];
export type Role = Schemas["Role"];
export type Account = Schemas["Account"];
export type HandOver = Schemas["HandOver"];
export type EscalationShown = Schemas["EscalationShown"];
export type AlarmBrowser = Schemas["AlarmBrowser"];
export type PushShown = Schemas["PushShown"];
export type NewPush = Schemas["PushOn"];
export type EscalationChannel = Schemas["EscalationChannel"];
export type EscalationDelivery = Schemas["EscalationDelivery"];
export type SessionRow = Schemas["Session"];
export type SessionKind = Schemas["SessionKind"];
export type AuditRow = Schemas["AuditRow"];
export type Task = Schemas["Task"];
export type Tasks = Schemas["Tasks"];
export type Said = Schemas["LoadWord"];
export type WorkPlace = Schemas["WorkPlace"];
export type SayBody = Schemas["SayBody"];
export type CallBody = Schemas["CallBody"];
export type Word = Schemas["Word"];
export type Device = Schemas["Device"];

export const CLOSED_STATES: readonly OrderState[] = ["DONE", "CANCELLED", "FAILED"];

/** Whether an order's robot has its load on board; an order may be one that moves nothing. */
export const carriesLoad = ({ state, has_load }: Order): boolean => has_load && (state === "TO_DROP" || state === "DROPPING");
