import type { Page } from 'playwright-core';

/** Which share of the pixels of the open SVG image and of a PNG of twice the size differ visibly. */
export async function comparePixels(alone: Page, png: Buffer): Promise<number> {
  const painted = await alone.screenshot({ clip: { x: 0, y: 0, ...(await sizeOf(alone)) } });
  const context = alone.context();
  const blank = await context.newPage();
  const difference = await blank.evaluate(
    async (urls) => {
      const [one, other] = await Promise.all(
        urls.map(async (url) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          return image;
        }),
      );
      const { width, height } = one!;
      const pixels = [one!, other!].map((image) => {
        const canvas = new OffscreenCanvas(width, height);
        const painter = canvas.getContext('2d')!;
        painter.drawImage(image, 0, 0, width, height);
        return painter.getImageData(0, 0, width, height).data;
      });
      let different = 0;
      for (let i = 0; i < pixels[0]!.length; i += 4) {
        const distance = [0, 1, 2].map((c) => Math.abs(pixels[0]![i + c]! - pixels[1]![i + c]!));
        // Antialiasing of the two differs by shades.
        if (Math.max(...distance) > 96) different += 1;
      }
      return different / (width * height);
    },
    [painted, png].map((image) => `data:image/png;base64,${image.toString('base64')}`),
  );
  await blank.close();
  return difference;
}

async function sizeOf(alone: Page): Promise<{ width: number; height: number }> {
  const size = await alone.evaluate(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    return { width, height };
  });
  await alone.setViewportSize({ width: Math.ceil(size.width), height: Math.ceil(size.height) });
  return size;
}
