import { svg } from 'lit/html.js';

const icon = (path: string): unknown => svg`<svg aria-hidden="true" width="22" height="22" viewBox="0 0 24 24"
  fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${path} /></svg>`;

export const chatIcon = icon('M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5');
export const closeIcon = icon('M6 6l12 12M18 6L6 18');
export const optionsIcon = icon('M4 7h16M4 12h16M4 17h16');
export const urgentIcon = icon('M12 4l9 16H3zM12 10v4M12 17h0');
export const clinicianIcon = icon('M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 20c1-4 4-6 8-6s7 2 8 6');
export const toldIcon = icon('M4 12l5 5L20 6');
