/** A date as Kubernetes' MicroTime, which reads exactly six digits. */
export const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');
