/** The records of the diary. Printed by `manage.py diary_types`; do not edit. */

/** What every record has; `null` is "not answered" and 0 is an answer. */
export interface DiaryRecord {
  /** RFC 3339 with the offset of the place where the patient is. */
  recorded_at: string;
  note: string | null;
  /** When the patient took the entry back. */
  withdrawn_at: string | null;
}

export type Side =
  | "left"
  | "right"
  | "both"
  | "midline";

export type Leg =
  | "left"
  | "right";

export type SelfTest =
  | "heel_walk"
  | "big_toe_lift"
  | "heel_raise"
  | "chair_rise"
  | "knee_lift"
  | "hip_hold";

export type Region =
  | "lower_back"
  | "buttock"
  | "groin"
  | "upper_anterior_thigh"
  | "lower_anterior_thigh"
  | "lateral_thigh"
  | "posterior_thigh"
  | "medial_knee"
  | "popliteal"
  | "medial_shin"
  | "lateral_shin"
  | "lateral_calf"
  | "posterior_calf"
  | "medial_ankle"
  | "dorsum_foot"
  | "first_web_space"
  | "big_toe"
  | "lateral_foot"
  | "little_toe"
  | "sole"
  | "heel"
  | "inner_thigh"
  | "inner_buttock"
  | "perineum"
  | "genitals"
  | "perianal";

export type RedFlagAnswer =
  | "no"
  | "unchanged"
  | "new"
  | "worse"
  | "prefer_not_to_say";

export interface PainLog extends DiaryRecord {
  site: "back" | "leg" | null;
  side: Side | null;
  /** 0 to 10. */
  intensity: number | null;
  /** 0 to 10. */
  worst: number | null;
  regions: Region[] | null;
  qualities: ("sharp" | "shooting" | "burning" | "electric" | "stabbing" | "dull" | "aching" | "cramping")[] | null;
  triggers: ("bending" | "sitting" | "standing" | "walking" | "coughing" | "lifting" | "lying" | "driving" | "none")[] | null;
  relievers: ("sitting" | "leaning_forward" | "lying" | "walking" | "standing" | "medication" | "none")[] | null;
}

export interface NumbnessLog extends DiaryRecord {
  side: Side | null;
  /** 0 to 10. */
  intensity: number | null;
  kind: "numbness" | "tingling" | "reduced_feeling" | "burning" | null;
  regions: Region[] | null;
  constant: boolean | null;
}

export interface WeaknessLog extends DiaryRecord {
  side: Leg | null;
  test: SelfTest | null;
  /** 0 to 3. */
  score: number | null;
  /** 0 to 3. */
  repeat_score: number | null;
  not_done_reason: "pain" | "unsafe" | "injury" | "forgot" | "other" | null;
  /** 0 to 6. */
  felt_weakness: number | null;
}

export interface RedFlagCheck extends DiaryRecord {
  saddle_genital_numbness: RedFlagAnswer | null;
  saddle_anal_numbness: RedFlagAnswer | null;
  wiping_feels_different: RedFlagAnswer | null;
  hard_to_start_urinating: RedFlagAnswer | null;
  hard_to_stop_urinating: RedFlagAnswer | null;
  cannot_feel_urine: RedFlagAnswer | null;
  urine_leak: RedFlagAnswer | null;
  bladder_fullness_unknown: RedFlagAnswer | null;
  stool_leak: RedFlagAnswer | null;
  cannot_feel_bowel: RedFlagAnswer | null;
  erection_ejaculation_change: RedFlagAnswer | null;
  genital_sensation_loss: RedFlagAnswer | null;
  both_legs: RedFlagAnswer | null;
  calf_swollen_one_side: RedFlagAnswer | null;
  chest_pain_or_breathless: RedFlagAnswer | null;
  cold_or_pale_foot: RedFlagAnswer | null;
  fever_or_rigors: RedFlagAnswer | null;
  new_night_pain: RedFlagAnswer | null;
  unexplained_weight_loss: RedFlagAnswer | null;
  recent_injury: RedFlagAnswer | null;
}

export interface DayLog extends DiaryRecord {
  day: string | null;
  /** 0 to 1440. */
  sitting_minutes: number | null;
  /** 0 to 1440. */
  longest_sitting_minutes: number | null;
  lumbar_support: boolean | null;
  /** 0 to 1440. */
  walk_minutes_before_stopping: number | null;
  relief_on_sitting: boolean | null;
  relief_leaning_forward: boolean | null;
  /** 0 to 200000. */
  steps: number | null;
  /** 0 to 10. */
  sleep_quality: number | null;
  /** 1 to 700. */
  weight_kg: number | null;
  medications_taken: string[] | null;
  foot_slap: boolean | null;
  /** 0 to 1000. */
  trips: number | null;
  /** 0 to 1000. */
  falls: number | null;
  /** 0 to 1000. */
  knee_gave_way: number | null;
  /** 0 to 10. */
  peg_pain: number | null;
  /** 0 to 10. */
  peg_enjoyment: number | null;
  /** 0 to 10. */
  peg_activity: number | null;
}

/** The collections that a phone writes, with their records. */
export interface Collections {
  pain_logs: PainLog;
  numbness_logs: NumbnessLog;
  weakness_logs: WeaknessLog;
  red_flag_checks: RedFlagCheck;
  day_logs: DayLog;
}

export type CollectionName = keyof Collections;

export const COLLECTIONS = [
  "pain_logs",
  "numbness_logs",
  "weakness_logs",
  "red_flag_checks",
  "day_logs",
] as const satisfies CollectionName[];

/** The collections that a phone only reads. */
export type ReadOnlyName = "alerts" | "messages" | "treatments";

/** The fields that a phone writes, next to `id`. */
export const CLIENT_FIELDS: Record<CollectionName, readonly string[]> = {
  pain_logs: [
    "recorded_at",
    "note",
    "withdrawn_at",
    "site",
    "side",
    "intensity",
    "worst",
    "regions",
    "qualities",
    "triggers",
    "relievers",
  ],
  numbness_logs: [
    "recorded_at",
    "note",
    "withdrawn_at",
    "side",
    "intensity",
    "kind",
    "regions",
    "constant",
  ],
  weakness_logs: [
    "recorded_at",
    "note",
    "withdrawn_at",
    "side",
    "test",
    "score",
    "repeat_score",
    "not_done_reason",
    "felt_weakness",
  ],
  red_flag_checks: [
    "recorded_at",
    "note",
    "withdrawn_at",
    "saddle_genital_numbness",
    "saddle_anal_numbness",
    "wiping_feels_different",
    "hard_to_start_urinating",
    "hard_to_stop_urinating",
    "cannot_feel_urine",
    "urine_leak",
    "bladder_fullness_unknown",
    "stool_leak",
    "cannot_feel_bowel",
    "erection_ejaculation_change",
    "genital_sensation_loss",
    "both_legs",
    "calf_swollen_one_side",
    "chest_pain_or_breathless",
    "cold_or_pale_foot",
    "fever_or_rigors",
    "new_night_pain",
    "unexplained_weight_loss",
    "recent_injury",
  ],
  day_logs: [
    "recorded_at",
    "note",
    "withdrawn_at",
    "day",
    "sitting_minutes",
    "longest_sitting_minutes",
    "lumbar_support",
    "walk_minutes_before_stopping",
    "relief_on_sitting",
    "relief_leaning_forward",
    "steps",
    "sleep_quality",
    "weight_kg",
    "medications_taken",
    "foot_slap",
    "trips",
    "falls",
    "knee_gave_way",
    "peg_pain",
    "peg_enjoyment",
    "peg_activity",
  ],
};
