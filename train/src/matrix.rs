//! Products of matrices in rows. Each sum is made in the order of its terms, one multiplication and one addition at a
//! time, so that a result has the same bits however wide the processor's vectors are.

const ROWS: usize = 4;
const COLUMNS: usize = 16;

/// `c[m][n] += a[m][k] * b[k][n]`; a row of `c` begins every `stride` floats.
pub fn add_product(a: &[f32], b: &[f32], c: &mut [f32], [m, k, n]: [usize; 3], stride: usize) {
    assert!(a.len() >= m * k && b.len() >= k * n && c.len() >= (m - 1) * stride + n);
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which was just asked.
        unsafe { add_product_avx2(a, b, c, [m, k, n], stride) };
        return;
    }
    add_product_here(a, b, c, [m, k, n], stride);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_product_avx2(a: &[f32], b: &[f32], c: &mut [f32], sizes: [usize; 3], stride: usize) {
    add_product_here(a, b, c, sizes, stride);
}

#[inline(always)]
fn add_product_here(a: &[f32], b: &[f32], c: &mut [f32], [m, k, n]: [usize; 3], stride: usize) {
    let mut column = 0;
    while column < n {
        let width = COLUMNS.min(n - column);
        for row in (0..m).step_by(ROWS) {
            let height = ROWS.min(m - row);
            if width == COLUMNS && height == ROWS {
                let mut sums = [[0.0f32; COLUMNS]; ROWS];
                for (r, sum) in sums.iter_mut().enumerate() {
                    sum.copy_from_slice(&c[(row + r) * stride + column..][..COLUMNS]);
                }
                let rows: [&[f32]; ROWS] = std::array::from_fn(|r| &a[(row + r) * k..][..k]);
                for i in 0..k {
                    let from: &[f32; COLUMNS] = b[i * n + column..][..COLUMNS].try_into().expect("so many");
                    for (sum, row) in sums.iter_mut().zip(rows) {
                        let factor = row[i];
                        for (sum, value) in sum.iter_mut().zip(from) {
                            *sum += factor * value;
                        }
                    }
                }
                for (r, sum) in sums.iter().enumerate() {
                    c[(row + r) * stride + column..][..COLUMNS].copy_from_slice(sum);
                }
            } else {
                for r in row..row + height {
                    let to = &mut c[r * stride + column..][..width];
                    for i in 0..k {
                        let factor = a[r * k + i];
                        for (sum, value) in to.iter_mut().zip(&b[i * n + column..][..width]) {
                            *sum += factor * value;
                        }
                    }
                }
            }
        }
        column += width;
    }
}

/// `a[m][n]` as `[n][m]`.
pub fn transpose(a: &[f32], m: usize, n: usize) -> Vec<f32> {
    let mut out = vec![0.0; m * n];
    for row in 0..m {
        for column in 0..n {
            out[column * m + row] = a[row * n + column];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn products_are_sums_in_order_whatever_the_sizes() {
        let mut rng = Rng::new(3);
        for sizes in [[1, 1, 1], [4, 7, 16], [5, 3, 17], [9, 32, 40], [3, 8, 96]] {
            let [m, k, n] = sizes;
            let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.uniform()).collect() };
            let (a, b, start) = (draw(m * k), draw(k * n), draw(m * n));
            let mut found = start.clone();
            add_product(&a, &b, &mut found, sizes, n);
            for at in 0..m * n {
                let terms = (0..k).map(|i| a[at / n * k + i] * b[i * n + at % n]);
                assert_eq!(found[at].to_bits(), terms.fold(start[at], |sum, term| sum + term).to_bits(), "{sizes:?}");
            }
            assert_eq!(transpose(&transpose(&a, m, k), k, m), a);
        }
    }
}
