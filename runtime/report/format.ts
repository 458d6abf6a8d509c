/** Millionths of a dollar as people write money: `$0.004`, `$1.20`, `$1,250.00`. Never shows something spent as nothing. */
export function usd(microUsd: number): string {
  if (microUsd === 0) return '$0';
  if (microUsd < 0) return `-${usd(-microUsd)}`;
  if (microUsd < 100) return '<$0.0001';
  const dollars = microUsd / 1e6;
  if (dollars < 0.01) return `$${dollars.toFixed(4).replace(/0$/, '')}`;
  if (dollars < 1) return `$${dollars.toFixed(3).replace(/0$/, '')}`;
  return `$${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** `1,234,567` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three digits at most: `950`, `12.3k`, `1.05M`. */
export function compact(value: number): string {
  if (value < 1000) return String(Math.round(value));
  const [scaled, unit] = value < 999_500 ? [value / 1000, 'k'] : [value / 1e6, 'M'];
  return `${scaled < 9.995 ? scaled.toFixed(2) : scaled < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${unit}`;
}

/** `00:31`, `1:02:31`, `2d 03:00:00` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const rest = `${two(minutes)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}d ${two(hours)}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `2026-01-31 09:05 UTC` */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Two decimals, or a dash for what has no score. */
export function score(value: number | undefined, digits = 2): string {
  return value === undefined ? '–' : value.toFixed(digits);
}

/** `1 idea`, `1,200 ideas` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
