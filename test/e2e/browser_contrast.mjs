// Contrast as WCAG 2 counts it, of what the browser would paint.

// Runs in the page: the lowest contrast of each selector's elements against what lies behind them.
function measure(selectors) {
  const parse = (color) => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const over = (top, bottom) => top.rgb.map((value, index) => value * top.alpha + bottom[index] * (1 - top.alpha));
  const behind = (element) => {
    const layers = [];
    for (let box = element; box; box = box.parentElement) {
      const layer = parse(getComputedStyle(box).backgroundColor);
      layers.push(layer);
      if (layer.alpha === 1) break;
    }
    return layers.reduceRight((bottom, layer) => over(layer, bottom), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const linear = rgb.map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (element) => {
    const background = behind(element);
    const [bright, dim] = [luminance(over(parse(getComputedStyle(element).color), background)), luminance(background)]
      .sort((one, other) => other - one);
    return (bright + 0.05) / (dim + 0.05);
  };
  return selectors.map((selector) => {
    const elements = [...document.querySelectorAll(selector)];
    return { selector, found: elements.length, contrast: Math.min(...elements.map(contrast)) };
  });
}

export async function requireContrast(page, selectors, least = 4.5) {
  const measured = await page.evaluate(measure, selectors);
  const poor = measured.filter(({ found, contrast }) => !found || contrast < least);
  if (poor.length) throw new Error(`contrast below ${least}, or nothing to measure: ${JSON.stringify(poor)}`);
}
