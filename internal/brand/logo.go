package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // each image format that a logo may have
	_ "image/jpeg"
	"image/png"
	"math"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// Bounds of a logo as it comes.
const (
	MaxLogoBytes  = 1 << 20
	maxLogoSide   = 4096
	maxLogoPixels = 4 << 20 // 16 MB decoded
)

// Bounds of a logo as it is served: twice the size that the page shows it in.
const (
	logoWidth  = 320
	logoHeight = 96
)

// DrawLogo decodes a PNG, JPEG, GIF or WebP image and draws it anew as a small PNG, so
// that no byte of the original reaches a browser. The error continues "the logo …".
func DrawLogo(original []byte) ([]byte, error) {
	if len(original) > MaxLogoBytes {
		return nil, fmt.Errorf("is larger than %d KB; make it smaller", MaxLogoBytes>>10)
	}
	// Before anything is decoded: a few bytes can say that they are many pixels.
	head, _, err := image.DecodeConfig(bytes.NewReader(original))
	switch {
	case err != nil:
		return nil, errors.New("is not a PNG, JPEG, GIF or WebP image; export it as PNG (SVG is not accepted)")
	case head.Width < 1 || head.Height < 1 || head.Width > maxLogoSide || head.Height > maxLogoSide || head.Width*head.Height > maxLogoPixels:
		return nil, fmt.Errorf("has %d × %d pixels; scale it down to at most 2048 × 2048", head.Width, head.Height)
	}
	decoded, _, err := image.Decode(bytes.NewReader(original))
	if err != nil {
		return nil, errors.New("is a broken image; export it again")
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, fit(decoded)); err != nil {
		return nil, errors.New("could not be drawn; export it again as PNG")
	}
	return out.Bytes(), nil
}

// fit scales an image down to the bounds, never up.
func fit(original image.Image) image.Image {
	from := original.Bounds()
	scale := min(1, float64(logoWidth)/float64(from.Dx()), float64(logoHeight)/float64(from.Dy()))
	size := func(n int) int { return max(1, int(math.Round(float64(n)*scale))) }
	to := image.NewNRGBA(image.Rect(0, 0, size(from.Dx()), size(from.Dy())))
	draw.CatmullRom.Scale(to, to.Bounds(), original, from, draw.Src, nil)
	return to
}
