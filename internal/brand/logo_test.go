package brand

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func picture(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	return m
}

func encoded(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	err := png.Encode(&out, m)
	switch format {
	case "jpeg":
		out.Reset()
		err = jpeg.Encode(&out, m, nil)
	case "gif":
		out.Reset()
		err = gif.Encode(&out, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLogosBecomeSmallPNGs(t *testing.T) {
	for _, tt := range []struct {
		format              string
		width, height       int
		wantWidth, wantHigh int
	}{
		{"png", 640, 192, 320, 96},
		{"jpeg", 512, 512, 96, 96},
		{"gif", 40, 20, 40, 20},
		{"png", 2000, 10, 320, 2},
		{"png", 1, 1, 1, 1},
		{"png", 4096, 1, 320, 1},
	} {
		drawn, err := DrawLogo(encoded(t, tt.format, picture(tt.width, tt.height)))
		if err != nil {
			t.Errorf("%s of %d × %d: %v", tt.format, tt.width, tt.height, err)
			continue
		}
		m, err := png.Decode(bytes.NewReader(drawn))
		if err != nil || m.Bounds().Dx() != tt.wantWidth || m.Bounds().Dy() != tt.wantHigh {
			t.Errorf("%s of %d × %d becomes %v, %v", tt.format, tt.width, tt.height, m.Bounds(), err)
		}
	}
}

// What is transparent stays so.
func TestTransparencyStays(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	m.SetNRGBA(100, 100, color.NRGBA{R: 255, A: 255})
	drawn, err := DrawLogo(encoded(t, "png", m))
	if err != nil {
		t.Fatal(err)
	}
	small, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, alpha := small.At(0, 0).RGBA(); alpha != 0 {
		t.Errorf("the corner has alpha %d", alpha)
	}
}

// Nothing of the original is served: not what follows the image, nor its metadata.
func TestNothingElseTravelsAlong(t *testing.T) {
	const script = "<script>alert(1)</script>"
	polyglot := append(encoded(t, "png", picture(20, 20)), script...)
	drawn, err := DrawLogo(polyglot)
	if err != nil || bytes.Contains(drawn, []byte(script)) {
		t.Errorf("the script travels along, or %v", err)
	}
}

func TestLogosThatAreRefused(t *testing.T) {
	broken := encoded(t, "png", picture(64, 64))
	for name, tt := range map[string]struct {
		original []byte
		want     string
	}{
		"nothing":           {nil, "is not a PNG"},
		"SVG":               {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "SVG is not accepted"},
		"HTML":              {[]byte("<!doctype html><title>logo</title>"), "is not a PNG"},
		"HTML like a PNG":   {[]byte("\x89PNG\r\n\x1a\n<script>alert(1)</script>"), "is not a PNG"},
		"cut off":           {broken[:len(broken)/2], "is a broken image"},
		"too many bytes":    {make([]byte, MaxLogoBytes+1), "is larger than 1024 KB"},
		"too many pixels":   {bomb(t, 65535, 65535), "has 65535 × 65535 pixels"},
		"a long line":       {bomb(t, 1<<20, 1), "has 1048576 × 1 pixels"},
		"a large rectangle": {bomb(t, 4096, 4096), "has 4096 × 4096 pixels"},
	} {
		if _, err := DrawLogo(tt.original); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
}

// bomb is a PNG whose header says that it has this size, and whose data is short.
func bomb(t testing.TB, width, height uint32) []byte {
	t.Helper()
	var out, data bytes.Buffer
	z := zlib.NewWriter(&data)
	if _, err := z.Write(make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	chunk := func(kind string, content []byte) {
		_ = binary.Write(&out, binary.BigEndian, uint32(len(content))) // a buffer takes everything
		body := append([]byte(kind), content...)
		out.Write(body)
		_ = binary.Write(&out, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(header, 8, 6, 0, 0, 0))
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}

// Whatever it is: a small PNG, or an error.
func FuzzDrawLogo(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encoded(f, format, picture(9, 5)))
	}
	f.Add(bomb(f, 4096, 1024))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, original []byte) {
		drawn, err := DrawLogo(original)
		if err != nil {
			return
		}
		m, err := png.Decode(bytes.NewReader(drawn))
		if err != nil || m.Bounds().Dx() > logoWidth || m.Bounds().Dy() > logoHeight {
			t.Errorf("it became %v, %v", m, err)
		}
	})
}
