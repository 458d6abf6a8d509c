/** What is wrong with a rule set, by code. */
export type RuleProblemCode =
  | 'RULE_INVALID'
  | 'RULE_ID_DUPLICATE'
  | 'RULE_SIGNAL_UNKNOWN'
  | 'RULE_MECHANISM_UNKNOWN'
  | 'RULE_CEL_INVALID'
  | 'RULE_PATH_UNKNOWN'
  | 'RULE_INPUT_MISMATCH'
  | 'SIGNAL_UNCONSUMED'
  | 'SIGNAL_UNPRODUCED'
  | 'SIGNAL_MAY_STRAND'
  | 'RULE_CYCLE_UNBOUNDED'
  | 'RULE_UNREACHABLE';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface RuleProblem extends Place {
  /** Absent where no single rule is at fault. */
  readonly rule?: string;
  readonly code: RuleProblemCode;
  /** One line: what is wrong and how to mend it. */
  readonly message: string;
}

/** `file:line rule CODE message`; a dash where there is no rule. */
export const problemLine = ({ file, line, rule, code, message }: RuleProblem): string =>
  `${file}:${line} ${rule ?? '-'} ${code} ${message}`;

/** Ends a message: `; did you mean x?`, or nothing. */
export const suggest = (word: string | undefined): string => (word === undefined ? '' : `; did you mean ${word}?`);

/** A word of a file as it may stand in a message: on one line, not too long. */
export const quoted = (word: string): string => JSON.stringify(word.length > 80 ? `${word.slice(0, 79)}…` : word);
