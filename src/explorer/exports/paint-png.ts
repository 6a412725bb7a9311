import type { Drawing } from './drawing.ts';

/** Enough for slides and paper. */
const SCALE = 2;
/** Browsers refuse larger canvases. */
const MAX_PIXELS = 64_000_000;

/**
 * Paints a drawing on a canvas. An image of the SVG would be simpler; the page's policy allows no images but its own files.
 *
 * @throws {Error} if the browser cannot make a picture of this size
 */
export async function paintPng({ width, height, background, shapes }: Drawing): Promise<Blob> {
  const scale = Math.min(SCALE, Math.sqrt(MAX_PIXELS / (width * height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no canvas to paint on.');
  context.scale(scale, scale);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  for (const shape of shapes) {
    context.save();
    if (shape.kind === 'text') {
      context.translate(shape.x, shape.y);
      context.rotate((shape.rotation * Math.PI) / 180);
      context.font = `${shape.italic ? 'italic ' : ''}${shape.weight} ${shape.size}px ${shape.family}`;
      context.fillStyle = shape.color;
      context.fillText(shape.text, 0, 0);
    } else {
      const { data, matrix, fill, stroke, opacity, clip } = shape;
      if (clip) {
        context.beginPath();
        context.rect(clip.x, clip.y, clip.width, clip.height);
        context.clip();
      }
      context.transform(...matrix);
      context.globalAlpha = opacity;
      const path = new Path2D(data);
      if (fill !== null) {
        context.fillStyle = fill;
        context.fill(path);
      }
      if (stroke) {
        context.strokeStyle = stroke.color;
        context.lineWidth = stroke.width;
        context.lineJoin = 'round';
        context.setLineDash([...stroke.dashes]);
        context.stroke(path);
      }
    }
    context.restore();
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error(`The browser could not make a picture of ${canvas.width} × ${canvas.height} pixels.`);
  return blob;
}
