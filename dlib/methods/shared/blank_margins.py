"""The first two convolutions on images that are blank around something small, such as dSprites.

Where a convolution sees nothing but blank image, it gives the same for all images. That is computed
once, and for each image only a window around what there is in it: of dSprites a quarter of the
first two layers, which are more than half of an encoder's arithmetic, forward and backward. Values
and gradients are the plain layers' but for rounding.

Axes: B batch, C H W image, N side of the window.
"""

import torch
import torch.nn.functional as F

# Two layers of kernel 4, stride 2 and padding 1: output i sees the image from 4 i - 3 to 4 i + 6.
_STRIDE, _BEFORE, _AFTER = 4, 3, 6
_WORTHWHILE = 0.5  # the largest share of the outputs that a window may have


def applies(images, kernels):
    """Whether the images may be taken this way: on a CPU, by layers that fit.

    Images whose own gradient is asked for are not: blank pixels have one, too.
    """
    return (
        images.device.type == "cpu"
        and not images.requires_grad
        and tuple(kernels[:2]) == (4, 4)
        and images.shape[-1] % _STRIDE == images.shape[-2] % _STRIDE == 0
        and len(images) > 1
    )


def two_layers(images, layers, activate):
    """Features after the first two convolutions and their activations.

    Args:
      images: ``[B, C, H, W]``, blank where they are 0.
      layers: two of ``(weight, bias, groups)``; kernel 4, stride 2, padding 1.
      activate: function of features that keeps 0; may work in place.

    Returns:
      ``[B, C2, H/4, W/4]``, channels-last in memory.
    """
    # One image with a large window decides for all, so that others cost next to nothing.
    if _windows(images[:1]) is None or (windows := _windows(images)) is None:
        return _plain(images, layers, activate)
    begins, size = windows
    part = _part(images, begins, size, layers, activate).permute(0, 2, 3, 1)  # [B, N, N, C2]
    blank = _plain(torch.zeros_like(images[:1]), layers, activate).permute(0, 2, 3, 1)
    top, left = begins
    batch = torch.arange(len(images))[:, None, None]
    at = batch, _range(top, size)[:, :, None], _range(left, size)[:, None, :]
    features = blank.expand(len(images), -1, -1, -1).index_put(at, part)  # [B, H/4, W/4, C2]
    return features.permute(0, 3, 1, 2)


def _windows(images):
    """First row and column of each image's window, ``[B]`` each, and N; None if too large."""
    magnitude = images.abs()  # whose maxima take a tenth of the time of any()
    # Not 0 is also what is not a number.
    spans = [_span(magnitude.amax(axes) != 0) for axes in ((1, 3), (1, 2))]
    # Square windows of one size: convolutions are compiled anew for each.
    size = max(int((end - begin).max()) for begin, end in spans) + 1
    sides = [side // _STRIDE for side in images.shape[-2:]]
    if size > min(sides) or size**2 > _WORTHWHILE * sides[0] * sides[1]:
        return None
    # The window of an image at the edge begins earlier, to be of this size, too.
    begins = [begin.clamp(max=side - size) for (begin, _), side in zip(spans, sides, strict=True)]
    return begins, size


def _span(seen):
    """The first and the last output that see something of each row of ``[B, L]``."""
    length = seen.shape[1]
    marks = seen.to(torch.uint8)
    first = marks.argmax(1)
    last = torch.where(seen.any(1), length - 1 - marks.flip(1).argmax(1), first)
    begin = ((first - _AFTER + _STRIDE - 1) // _STRIDE).clamp(min=0)
    return begin, ((last + _BEFORE) // _STRIDE).clamp(max=length // _STRIDE - 1)


def _part(images, begins, size, layers, activate):
    """Both layers in windows, ``[B, C2, N, N]``: the margins are cut out with the image."""
    windows = F.pad(images, (_BEFORE,) * 4)
    for axis in (2, 3):
        windows = windows.unfold(axis, _STRIDE * size + _AFTER, _STRIDE)
    cut = windows[torch.arange(len(images)), :, begins[0], begins[1]]  # [B, C, 4 N + 6, 4 N + 6]
    cut = cut.contiguous(memory_format=torch.channels_last)
    (weight, bias, groups), second = layers
    features = F.conv2d(cut, weight, bias, stride=2, groups=groups)
    # Beyond the image's edge the second layer is padded with 0, not with the first layer of 0.
    for axis, begin in enumerate(begins, start=2):
        at = _range(2 * begin - 1, 2 * size + 2)
        is_inside = (at >= 0) & (at < images.shape[axis] // 2)
        if not is_inside.all():
            shape = [len(images), 1, 1, 1]
            shape[axis] = -1
            features.mul_(is_inside.to(features.dtype).view(shape))
    weight, bias, groups = second
    return activate(F.conv2d(activate(features), weight, bias, stride=2, groups=groups))


def _plain(images, layers, activate):
    for weight, bias, groups in layers:
        images = activate(F.conv2d(images, weight, bias, stride=2, padding=1, groups=groups))
    return images


def _range(begin, size):
    """``begin, begin + 1, ...`` of each image, ``[B, size]``."""
    return begin[:, None] + torch.arange(size)
